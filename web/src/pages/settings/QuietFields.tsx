import '@mantine/dates/styles.css';

import { Checkbox, Group, Select, SimpleGrid, Stack, Switch } from '@mantine/core';
import { TimeInput } from '@mantine/dates';
import type { UseFormReturnType } from '@mantine/form';
import { useMemo } from 'react';

import { here } from '../../components/times';
import type { RuleForm } from './alertRule';

const days = [
  { value: 'mon', label: 'Mon' },
  { value: 'tue', label: 'Tue' },
  { value: 'wed', label: 'Wed' },
  { value: 'thu', label: 'Thu' },
  { value: 'fri', label: 'Fri' },
  { value: 'sat', label: 'Sat' },
  { value: 'sun', label: 'Sun' },
];

/** QuietFields say when nobody is told anything. */
export function QuietFields({ form }: { form: UseFormReturnType<RuleForm> }) {
  const zones = useMemo(() => [...new Set([here(), 'UTC', ...Intl.supportedValuesOf('timeZone')])], []);
  return (
    <Stack>
      <Switch
        label="Quiet hours"
        description="What happens then is told once when they end, if it still is so."
        {...form.getInputProps('quiet', { type: 'checkbox' })}
      />
      {form.values.quiet && (
        <>
          <SimpleGrid cols={{ base: 1, sm: 3 }}>
            <TimeInput label="Quiet from" required {...form.getInputProps('quiet_from')} />
            <TimeInput
              label="Quiet until"
              description={form.values.quiet_to <= form.values.quiet_from ? 'On the next day' : undefined}
              inputWrapperOrder={['label', 'input', 'description', 'error']}
              required
              {...form.getInputProps('quiet_to')}
            />
            <Select
              label="Time zone"
              searchable
              limit={50}
              allowDeselect={false}
              data={zones}
              {...form.getInputProps('quiet_zone')}
            />
          </SimpleGrid>
          <Checkbox.Group
            label="On these days"
            description="Those on which they begin. None: every day"
            {...form.getInputProps('quiet_days')}
          >
            <Group mt="xs" gap="md">
              {days.map((d) => (
                <Checkbox key={d.value} value={d.value} label={d.label} />
              ))}
            </Group>
          </Checkbox.Group>
        </>
      )}
    </Stack>
  );
}

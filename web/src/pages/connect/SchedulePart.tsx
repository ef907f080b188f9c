import '@mantine/dates/styles.css';

import {
  Anchor,
  Autocomplete,
  Group,
  Radio,
  Select,
  SimpleGrid,
  Stack,
  Text,
  TextInput,
} from '@mantine/core';
import { TimeInput } from '@mantine/dates';
import { useMemo, useRef } from 'react';

import { here } from '../../components/times';
import { AfterInput, WebhookInput } from './AfterInputs';
import { at } from './mistakes';
import { NextRuns } from './NextRuns';
import { ObjectCard } from '../../components/ObjectCard';
import { scheduleOf, withSchedule, type ScheduleType } from './spec';
import type { StepProps } from './stepProps';

const kinds: { value: ScheduleType; name: string; detail: string }[] = [
  { value: 'manual', name: 'Manual', detail: 'It runs when somebody or a program starts it.' },
  { value: 'basic', name: 'Basic', detail: 'At an interval, such as every 6 hours.' },
  { value: 'cron', name: 'Cron', detail: 'At the times of a cron expression.' },
  { value: 'after', name: 'After another connection', detail: 'When a run of it ended well.' },
  { value: 'webhook', name: 'When a webhook comes', detail: 'When dbt, Fivetran or Airbyte is done.' },
];

/** SchedulePart says when the connection runs. */
export function SchedulePart({ name, spec, change, mistakes }: StepProps) {
  const schedule = scheduleOf(spec);
  const put = (part: Partial<typeof schedule>) => change(withSchedule(spec, { ...schedule, ...part }));
  // Who looks at another kind and comes back finds what was there.
  const before = useRef({
    basic: { every: '6h', startAt: '' },
    cron: { expression: '0 */6 * * *' },
    manual: {},
    after: { after: schedule.after },
    webhook: { webhook: schedule.webhook },
  });
  const choose = (type: ScheduleType) => {
    if (schedule.type === 'basic')
      before.current.basic = { every: schedule.every, startAt: schedule.startAt };
    if (schedule.type === 'cron') before.current.cron = { expression: schedule.expression };
    if (schedule.type === 'after') before.current.after = { after: schedule.after };
    if (schedule.type === 'webhook') before.current.webhook = { webhook: schedule.webhook };
    put({ type, ...before.current[type] });
  };
  const zones = useMemo(() => [...new Set(['UTC', here(), ...Intl.supportedValuesOf('timeZone')])], []);
  return (
    <Stack>
      <Radio.Group
        label="Schedule"
        value={schedule.type}
        onChange={(type) => choose(type as ScheduleType)}
        error={at(mistakes, 'schedule/type')}
      >
        <SimpleGrid cols={{ base: 1, sm: 3 }} spacing="xs" mt="sm">
          {kinds.map((k) => (
            <ObjectCard
              key={k.value}
              name={k.name}
              value={k.value}
              detail={k.detail}
              chosen={schedule.type === k.value}
            />
          ))}
        </SimpleGrid>
      </Radio.Group>
      {schedule.type === 'basic' && (
        <Group align="flex-start" grow preventGrowOverflow={false}>
          <Autocomplete
            label="Every"
            description="A number and m, h or d; 5m at least."
            withAsterisk
            data={['6h', '8h', '12h', '1d']}
            value={schedule.every}
            onChange={(every) => put({ every: every.trim() })}
            error={at(mistakes, 'schedule/every')}
          />
          <TimeInput
            label="Counted from"
            description="The time of day that it starts at."
            value={schedule.startAt || '00:00'}
            onChange={(e) => put({ startAt: e.currentTarget.value })}
            error={at(mistakes, 'schedule/start_at')}
          />
        </Group>
      )}
      {schedule.type === 'cron' && (
        <Stack gap="snug">
          <TextInput
            label="Cron expression"
            description="Minute, hour, day of month, month, day of week; or @hourly, @daily, @weekly, @monthly, @yearly."
            withAsterisk
            spellCheck={false}
            value={schedule.expression}
            onChange={(e) => put({ expression: e.currentTarget.value })}
            error={at(mistakes, 'schedule/expression')}
          />
          <Group gap="md">
            <Text size="sm" c="dimmed">
              Such as
            </Text>
            {Object.entries({
              '0 */6 * * *': 'every 6 hours',
              '30 2 * * *': 'daily at 02:30',
              '0 7 * * 1-5': 'workdays at 07:00',
            }).map(([expression, what]) => (
              <Anchor
                key={expression}
                component="button"
                type="button"
                size="sm"
                onClick={() => put({ expression })}
              >
                {what}
              </Anchor>
            ))}
          </Group>
        </Stack>
      )}
      {schedule.type === 'after' && (
        <AfterInput
          own={name}
          value={schedule.after}
          change={(after) => put({ after })}
          error={at(mistakes, 'schedule/after')}
        />
      )}
      {schedule.type === 'webhook' && (
        <WebhookInput
          value={schedule.webhook}
          change={(webhook) => put({ webhook })}
          error={at(mistakes, 'schedule/webhook')}
        />
      )}
      {(schedule.type === 'basic' || schedule.type === 'cron') && (
        <>
          <Select
            label="Time zone"
            description="The zone that these times are in. It follows changes of daylight saving time."
            searchable
            limit={50}
            allowDeselect={false}
            data={zones}
            value={schedule.timezone || 'UTC'}
            onChange={(zone) => put({ timezone: zone === 'UTC' ? '' : (zone ?? '') })}
            error={at(mistakes, 'schedule/timezone')}
          />
          <NextRuns schedule={schedule} />
        </>
      )}
    </Stack>
  );
}

import { Alert, Button, Checkbox, Group, Modal, Select, Stack, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { IconKey } from '@tabler/icons-react';
import { useMutation } from '@tanstack/react-query';

import { client, take } from '../../api/client';
import type { Me } from '../../api/schema.gen';
import { CopyField } from '../../components/CopyField';
import { ProblemAlert } from '../../components/ProblemAlert';
import { rolesUpTo } from './roles';

const lives = [
  { value: '30', label: '30 days' },
  { value: '90', label: '90 days' },
  { value: '365', label: 'a year' },
  { value: '0', label: 'until it is deleted' },
];

/** TokenForm makes a token and shows it, once. */
export function TokenForm({ me, close, done }: { me: Me; close: () => void; done: () => Promise<unknown> }) {
  const form = useForm({
    initialValues: { name: '', role: me.role, raw_values: false, days: '90' },
    validate: { name: (v) => (v.trim() ? null : 'Say what the token is for') },
  });
  const make = useMutation({
    mutationFn: ({ days, ...v }: typeof form.values) =>
      take(client.POST('/api/v1/tokens', { body: { ...v, name: v.name.trim(), days: Number(days) } })),
    onSuccess: done,
  });
  if (make.data)
    return (
      <Modal opened onClose={close} title={`The token ${make.data.name}`} closeOnClickOutside={false}>
        <Stack>
          <Alert color="orange" icon={<IconKey aria-hidden />} title="Copy it now">
            It is not shown again. Whoever has it may do what it may do.
          </Alert>
          <CopyField value={make.data.secret ?? ''} label="the token" />
          <Group justify="flex-end">
            <Button onClick={close}>Done</Button>
          </Group>
        </Stack>
      </Modal>
    );
  return (
    <Modal opened onClose={close} title="Make a token">
      <form onSubmit={form.onSubmit((v) => make.mutate(v))} noValidate>
        <Stack>
          <ProblemAlert error={make.error} />
          <TextInput
            label="What it is for"
            placeholder="airflow"
            required
            data-autofocus
            autoComplete="off"
            {...form.getInputProps('name')}
          />
          <Select
            label="May do what this role may"
            data={rolesUpTo(me.role).map(({ value, label }) => ({ value, label }))}
            allowDeselect={false}
            {...form.getInputProps('role')}
          />
          <Select label="Works for" data={lives} allowDeselect={false} {...form.getInputProps('days')} />
          {me.raw_values && (
            <Checkbox
              label="Sees values as they are"
              {...form.getInputProps('raw_values', { type: 'checkbox' })}
            />
          )}
          <Group justify="flex-end">
            <Button variant="default" onClick={close}>
              Cancel
            </Button>
            <Button type="submit" loading={make.isPending}>
              Make the token
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}

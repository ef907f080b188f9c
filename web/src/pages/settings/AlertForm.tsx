import { Button, Checkbox, Group, Modal, Select, Stack, Switch, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useMutation, useQuery } from '@tanstack/react-query';

import { client, etag, Problem, take } from '../../api/client';
import { connectionsQuery } from '../../api/queries';
import type { Alert } from '../../api/schema.gen';
import { keep, useUnsaved } from '../../components/useUnsaved';
import { ProblemAlert } from '../../components/ProblemAlert';
import { isStale, Stale } from '../../components/Stale';
import { tell } from '../../components/tell';
import { ChannelFields } from './ChannelFields';
import { events, formOf, ruleMistakes, ruleOf, type RuleForm } from './alertRule';
import { QuietFields } from './QuietFields';
import { Thresholds } from './Thresholds';

/** AlertForm makes a rule, or changes one. */
export function AlertForm({
  rule,
  connection = '',
  close,
  done,
}: {
  rule: Alert | undefined;
  /** connection is the one that a new rule is about; empty for all. */
  connection?: string;
  close: () => void;
  done: () => Promise<unknown>;
}) {
  const connections = useQuery(connectionsQuery);
  const form = useForm<RuleForm>({ initialValues: formOf(rule, connection), validate: ruleMistakes });
  const save = useMutation({
    mutationFn: (values: RuleForm) => {
      const body = ruleOf(values);
      if (!rule) return take(client.POST('/api/v1/alerts', { body }));
      return take(
        client.PUT('/api/v1/alerts/{id}', {
          params: { path: { id: rule.id }, header: { 'If-Match': etag(rule.version) } },
          body,
        }),
      );
    },
    onSuccess: async (saved) => {
      await done();
      tell(`The rule ${saved.name} is ${rule ? 'changed' : 'made'}.`);
      close();
    },
    onError: (error) => {
      if (!(error instanceof Problem)) return;
      for (const m of error.mistakes) {
        const field = /^\/secrets\/(\w+)$/.exec(m.pointer ?? '')?.[1];
        if (field) form.setFieldError(field, m.detail);
      }
    },
  });
  useUnsaved(form.isDirty() && !save.isPending && !save.isSuccess);
  return (
    <Modal
      opened
      onClose={close}
      {...keep(form.isDirty())}
      title={rule ? `Change the rule ${rule.name}` : 'Add an alert rule'}
      size="lg"
    >
      <form onSubmit={form.onSubmit((v) => save.mutate(v))} noValidate>
        <Stack>
          <Stale error={save.error} reload={() => void done().then(close)} />
          <TextInput
            label="Name"
            placeholder="Failures to the team"
            required
            data-autofocus
            autoComplete="off"
            {...form.getInputProps('name')}
          />
          <Select
            label="Connection"
            placeholder="All connections"
            data={connections.data?.map((c) => c.name) ?? []}
            clearable
            searchable
            limit={200}
            value={form.values.connection || null}
            onChange={(v) => form.setFieldValue('connection', v ?? '')}
            error={form.errors.connection}
          />
          <Checkbox.Group label="When" required {...form.getInputProps('events')}>
            <Stack gap="xs" mt="xs">
              {events.map((e) => (
                <Checkbox key={e.value} value={e.value} label={e.label} description={e.text} />
              ))}
            </Stack>
          </Checkbox.Group>
          <Thresholds form={form} />
          <ChannelFields form={form} />
          <QuietFields form={form} />
          <Switch label="The rule is on" {...form.getInputProps('enabled', { type: 'checkbox' })} />
          <ProblemAlert error={isStale(save.error) ? null : save.error} />
          <Group justify="flex-end">
            <Button variant="default" onClick={close}>
              Cancel
            </Button>
            <Button type="submit" loading={save.isPending}>
              {rule ? 'Save' : 'Add the rule'}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}

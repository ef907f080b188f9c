import { Alert, Button, Group, Modal, PasswordInput, Select, Stack, Text, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { IconKey } from '@tabler/icons-react';
import { useMutation } from '@tanstack/react-query';

import { client, take } from '../../api/client';
import type { Webhook, WebhookWithSecret } from '../../api/schema.gen';
import { CopyField } from '../../components/CopyField';
import { ProblemAlert } from '../../components/ProblemAlert';

const kinds: { value: Webhook['kind']; label: string; about: string }[] = [
  { value: 'dbt_cloud', label: 'dbt Cloud', about: 'The id of the one job that counts' },
  { value: 'fivetran', label: 'Fivetran', about: 'The id of the one connection that counts' },
  { value: 'airbyte', label: 'Airbyte', about: 'The id of the one connection that counts' },
  { value: 'other', label: 'Something else', about: 'The one thing that counts' },
];

/** kindLabel is what a kind of webhook is called. */
export function kindLabel(kind: Webhook['kind']): string {
  return kinds.find((k) => k.value === kind)?.label ?? kind;
}

const address = (name: string) => `${window.location.origin}/hooks/${name}`;

/** WebhookForm makes a webhook and shows its address and secret, once. */
export function WebhookForm({ close, done }: { close: () => void; done: () => Promise<unknown> }) {
  const form = useForm({
    initialValues: { name: '', kind: kinds[0]?.value ?? 'other', about: '', secret: '' },
    validate: {
      name: (v) =>
        /^[a-z0-9][a-z0-9_-]*$/.test(v) ? null : 'Write small letters, digits, - and _, such as dbt-nightly',
      secret: (v, { kind }) => (kind === 'dbt_cloud' && !v ? 'Copy it from dbt Cloud' : null),
    },
  });
  const make = useMutation({
    mutationFn: ({ about, secret, ...v }: typeof form.values) =>
      take(
        client.POST('/api/v1/webhooks', {
          body: { ...v, ...(about && { about: about.trim() }), ...(secret && { secret }) },
        }),
      ),
    onSuccess: done,
  });
  if (make.data) return <Made hook={make.data} close={close} />;
  const { kind, name } = form.values;
  return (
    <Modal opened onClose={close} title="Add a webhook">
      <form onSubmit={form.onSubmit((v) => make.mutate(v))} noValidate>
        <Stack>
          <ProblemAlert error={make.error} />
          <Select
            label="Hears from"
            data={kinds.map(({ value, label }) => ({ value, label }))}
            allowDeselect={false}
            {...form.getInputProps('kind')}
          />
          <TextInput
            label="Name"
            placeholder="dbt-nightly"
            required
            data-autofocus
            autoComplete="off"
            {...form.getInputProps('name')}
          />
          <TextInput
            label={kinds.find((k) => k.value === kind)?.about}
            description="Without it, any counts."
            autoComplete="off"
            {...form.getInputProps('about')}
          />
          {kind === 'dbt_cloud' && name && (
            <Stack gap="hair">
              <Text size="sm">
                dbt makes the secret: add a webhook there, with the event “Run completed” and this endpoint.
              </Text>
              <CopyField value={address(name)} label="the endpoint" />
            </Stack>
          )}
          {kind === 'dbt_cloud' && (
            <PasswordInput label="Secret" required autoComplete="off" {...form.getInputProps('secret')} />
          )}
          <Group justify="flex-end">
            <Button variant="default" onClick={close}>
              Cancel
            </Button>
            <Button type="submit" loading={make.isPending}>
              Add the webhook
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}

/** Made shows what the other tool has to be told. */
function Made({ hook, close }: { hook: WebhookWithSecret; close: () => void }) {
  const whole = hook.kind === 'airbyte' ? `${address(hook.name)}?key=${hook.secret}` : address(hook.name);
  return (
    <Modal opened onClose={close} title={`The webhook ${hook.name}`} closeOnClickOutside={false} size="lg">
      <Stack>
        {hook.kind !== 'dbt_cloud' && (
          <Alert color="orange" icon={<IconKey aria-hidden />} title="Copy it now">
            {hook.kind === 'airbyte'
              ? 'The address has the secret in it, and is not shown again. Whoever has it can start runs.'
              : 'The secret is not shown again. Whoever has it can start runs.'}
          </Alert>
        )}
        <Text size="sm">The address that {kindLabel(hook.kind)} calls:</Text>
        <CopyField value={whole} label="the address" />
        {(hook.kind === 'fivetran' || hook.kind === 'other') && (
          <>
            <Text size="sm">The secret that it signs with:</Text>
            <CopyField value={hook.secret} label="the secret" />
          </>
        )}
        <Group justify="flex-end">
          <Button onClick={close}>Done</Button>
        </Group>
      </Stack>
    </Modal>
  );
}

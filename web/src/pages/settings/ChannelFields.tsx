import { Group, Radio, Select, SimpleGrid, Stack, TagsInput, TextInput } from '@mantine/core';
import type { UseFormReturnType } from '@mantine/form';

import { SecretInput } from '../../components/SecretInput';
import { channelTypes, type ChannelType, type RuleForm } from './alertRule';

const ways = [
  { value: 'starttls', label: 'STARTTLS (port 587)' },
  { value: 'tls', label: 'TLS (port 465)' },
  { value: 'none', label: 'None, for a server on this machine' },
];

const regions = [
  { value: 'us', label: 'US' },
  { value: 'eu', label: 'EU (the address of your account has .eu. in it)' },
];

/** posted says how the address is called where messages are posted to one. */
const posted: Partial<Record<ChannelType, { label: string; description: string; placeholder: string }>> = {
  slack: {
    label: "Address of Slack's incoming webhook",
    description:
      'Make one at api.slack.com under "Incoming Webhooks". It is stored as a secret: whoever knows it may post.',
    placeholder: 'https://hooks.slack.com/services/…',
  },
  teams: {
    label: "Address of Teams' webhook",
    description:
      'In Teams, open Workflows and choose "Post to a channel when a webhook request is received". It is stored as a secret: whoever knows it may post.',
    placeholder: 'https://….logic.azure.com/workflows/…',
  },
  webhook: {
    label: 'Address that is posted to',
    description: 'Messages are posted there as JSON. It is stored as a secret.',
    placeholder: 'https://example.com/hook',
  },
};

/** ChannelFields say where messages go. */
export function ChannelFields({ form }: { form: UseFormReturnType<RuleForm> }) {
  const { type } = form.values;
  const address = posted[type];
  return (
    <Stack>
      <Radio.Group label="Where to" {...form.getInputProps('type')}>
        <Group mt="xs" gap="md">
          {channelTypes.map((t) => (
            <Radio key={t.value} value={t.value} label={t.label} />
          ))}
        </Group>
      </Radio.Group>
      {type === 'email' && <Email form={form} />}
      {type === 'pagerduty' && <PagerDuty form={form} />}
      {address && <SecretInput {...address} required {...form.getInputProps('url')} />}
      {type === 'webhook' && (
        <SecretInput
          label="Signing secret"
          description="Optional. With it each message is signed, so that you can tell that it came from here."
          {...form.getInputProps('secret')}
        />
      )}
    </Stack>
  );
}

function PagerDuty({ form }: { form: UseFormReturnType<RuleForm> }) {
  return (
    <>
      <SecretInput
        label="Integration key"
        description="That of an integration of type Events API V2 of your service. What goes on is one incident, which is resolved when it is over; a test message opens one and resolves it."
        required
        {...form.getInputProps('routing_key')}
      />
      <Select label="Service region" data={regions} allowDeselect={false} {...form.getInputProps('region')} />
    </>
  );
}

function Email({ form }: { form: UseFormReturnType<RuleForm> }) {
  return (
    <>
      <TagsInput
        label="To"
        description="Press Enter after each address"
        placeholder="team@example.com"
        required
        acceptValueOnBlur
        splitChars={[',', ' ', ';']}
        {...form.getInputProps('to')}
      />
      <TextInput
        label="From"
        type="email"
        placeholder="eddy@example.com"
        required
        {...form.getInputProps('from')}
      />
      <SimpleGrid cols={{ base: 1, sm: 3 }}>
        <TextInput
          label="Mail server"
          placeholder="smtp.example.com"
          required
          {...form.getInputProps('host')}
        />
        <TextInput
          label="Port"
          inputMode="numeric"
          placeholder={form.values.tls === 'tls' ? '465' : '587'}
          {...form.getInputProps('port')}
        />
        <Select label="Encryption" data={ways} allowDeselect={false} {...form.getInputProps('tls')} />
      </SimpleGrid>
      <SimpleGrid cols={{ base: 1, sm: 2 }}>
        <TextInput label="User name" autoComplete="off" {...form.getInputProps('username')} />
        <SecretInput label="Password" {...form.getInputProps('password')} />
      </SimpleGrid>
    </>
  );
}

import { Input, SegmentedControl, Select, SimpleGrid, Stack, TagsInput, TextInput } from '@mantine/core';
import type { UseFormReturnType } from '@mantine/form';
import { useId } from '@mantine/hooks';

import { SecretInput } from '../../components/SecretInput';
import type { ChannelType, RuleForm } from './alertRule';

const types: { value: ChannelType; label: string }[] = [
  { value: 'slack', label: 'Slack' },
  { value: 'email', label: 'E-mail' },
  { value: 'webhook', label: 'Webhook' },
];

const ways = [
  { value: 'starttls', label: 'STARTTLS (port 587)' },
  { value: 'tls', label: 'TLS (port 465)' },
  { value: 'none', label: 'None, for a server on this machine' },
];

/** ChannelFields say where messages go. */
export function ChannelFields({ form }: { form: UseFormReturnType<RuleForm> }) {
  const id = useId();
  const { type } = form.values;
  return (
    <Stack>
      <Input.Wrapper label="Where to" id={id} labelElement="div">
        <SegmentedControl
          fullWidth
          data={types}
          aria-labelledby={`${id}-label`}
          {...form.getInputProps('type')}
        />
      </Input.Wrapper>
      {type === 'email' && <Email form={form} />}
      {type !== 'email' && (
        <SecretInput
          label={type === 'slack' ? "Address of Slack's incoming webhook" : 'Address that is posted to'}
          description={
            type === 'slack'
              ? 'Make one at api.slack.com under "Incoming Webhooks". It is stored as a secret: whoever knows it may post.'
              : 'Messages are posted there as JSON. It is stored as a secret.'
          }
          placeholder={type === 'slack' ? 'https://hooks.slack.com/services/…' : 'https://example.com/hook'}
          required
          {...form.getInputProps('url')}
        />
      )}
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

import { MultiSelect, Select } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';

import { webhooksQuery } from '../../api/admin';
import { connectionsQuery } from '../../api/queries';

interface Props<T> {
  value: T;
  change: (value: T) => void;
  error: string | undefined;
}

/** AfterInput chooses the connections after whose runs one runs; own is its own name. */
export function AfterInput({ own, value, change, error }: Props<string[]> & { own: string }) {
  const others = useQuery(connectionsQuery);
  const names = (others.data ?? []).map((c) => c.name).filter((name) => name !== own);
  return (
    <MultiSelect
      label="After"
      description="Each run of one of these that ended well, with errors or without, is followed by one of this. A run that is held, fails or is cancelled starts nothing."
      withAsterisk
      searchable
      data={[...new Set([...names, ...value])]}
      value={value}
      onChange={change}
      error={error}
      nothingFoundMessage="There is no other connection."
    />
  );
}

/** WebhookInput chooses the webhook that starts a connection. */
export function WebhookInput({ value, change, error }: Props<string>) {
  const hooks = useQuery(webhooksQuery);
  const names = (hooks.data ?? []).map((h) => h.name);
  return (
    <Select
      label="Webhook"
      description="Administrators make webhooks under Settings, Webhooks."
      withAsterisk
      searchable
      data={[...new Set(value ? [...names, value] : names)]}
      value={value || null}
      onChange={(name) => change(name ?? '')}
      error={error}
      nothingFoundMessage="There is no webhook yet."
    />
  );
}

import { Button, Card, Center, Group, Loader, Select, Stack, Text, TextInput } from '@mantine/core';
import { IconUserSearch } from '@tabler/icons-react';
import { useMutation } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';

import { client, take } from '../../api/client';
import type { Sighting } from '../../api/schema.gen';
import { useAccess } from '../../components/access';
import { Empty } from '../../components/Empty';
import { PageHeader } from '../../components/PageHeader';
import { ProblemAlert } from '../../components/ProblemAlert';
import { SightingCard } from './SightingCard';
import { summary } from './standing';

const ways = [
  { value: 'email', label: 'E-mail address' },
  { value: 'phone_number', label: 'Phone number' },
  { value: 'handle', label: 'Handle on X' },
  { value: 'record_id', label: 'Record id' },
  { value: 'twitter_id', label: 'User id on X' },
  { value: 'device_id', label: 'Device id' },
  { value: 'partner_user_id', label: 'Partner user id' },
];

/** Question is whom one asks after. It stays in memory: the address of the page names nobody. */
interface Question {
  by: string;
  value: string;
  cursor: string;
}

/** LookUp is the page on which one person is looked up in all connections. */
export default function LookUp() {
  const { edit, raw } = useAccess();
  const text =
    'Who is in which audience, and why. The audit log says that you looked, and not after whom; nothing of what you type is kept.';
  return (
    <>
      <PageHeader title="Look a person up" text={text} />
      {edit && raw ? (
        <Asking />
      ) : (
        <Empty icon={IconUserSearch} title="This takes the right to see values">
          Ask an administrator for it: an editor or administrator who sees values as they are may look people
          up.
        </Empty>
      )}
    </>
  );
}

function Asking() {
  const [by, setBy] = useState('email');
  const [value, setValue] = useState('');
  const [found, setFound] = useState<Sighting[]>();
  const [next, setNext] = useState<Question>();
  const giveUp = useRef<AbortController>(null);
  useEffect(() => () => giveUp.current?.abort(), []);
  const ask = useMutation({
    mutationFn: (q: Question) => {
      giveUp.current?.abort();
      giveUp.current = new AbortController();
      const body = { by: q.by, value: q.value, ...(q.cursor && { cursor: q.cursor }) };
      return take(client.POST('/api/v1/lookup', { body, signal: giveUp.current.signal }));
    },
    onMutate: (q) => {
      if (!q.cursor) setFound(undefined);
      setNext(undefined);
    },
    onSuccess: (answer, q) => {
      setFound((before) => [...(q.cursor ? (before ?? []) : []), ...answer.items]);
      if (answer.next_cursor) setNext({ ...q, cursor: answer.next_cursor });
    },
  });
  return (
    <Stack>
      <Card
        component="form"
        onSubmit={(e) => {
          e.preventDefault();
          if (value.trim()) ask.mutate({ by, value, cursor: '' });
        }}
      >
        <Group align="flex-end" gap="sm">
          <Select
            label="Find by"
            data={ways}
            value={by}
            allowDeselect={false}
            w={{ base: '100%', sm: 200 }}
            onChange={(v) => {
              if (!v) return;
              setBy(v);
              setFound(undefined);
              setNext(undefined);
            }}
          />
          <TextInput
            label={ways.find((w) => w.value === by)?.label}
            value={value}
            onChange={(e) => {
              setValue(e.currentTarget.value);
              setFound(undefined);
              setNext(undefined);
            }}
            autoComplete="off"
            w={{ base: '100%', sm: 340 }}
          />
          <Button
            type="submit"
            disabled={!value.trim()}
            loading={ask.isPending}
            leftSection={<IconUserSearch size={16} aria-hidden />}
          >
            Look up
          </Button>
        </Group>
        <Text size="sm" c="dimmed" mt="xs">
          Write it as your tables have it, or its SHA-256.
        </Text>
      </Card>
      <ProblemAlert
        error={ask.error}
        retry={ask.variables ? () => ask.variables && ask.mutate(ask.variables) : undefined}
      />
      {ask.isPending && (
        <Group gap="sm">
          <Loader size="sm" aria-label="Looking" />
          <Text size="sm">Asking the connections; each reads its model, for a minute at most.</Text>
          <Button
            size="xs"
            variant="default"
            onClick={() => {
              giveUp.current?.abort();
              ask.reset();
            }}
          >
            Give up
          </Button>
        </Group>
      )}
      {found && (
        <Text size="sm" c="dimmed" role="status">
          {summary(found) || 'There is no connection yet.'}
        </Text>
      )}
      {found?.map((s) => (
        <SightingCard key={s.connection} sighting={s} />
      ))}
      {next && (
        <Center>
          <Button variant="default" onClick={() => ask.mutate(next)}>
            Ask the next connections
          </Button>
        </Center>
      )}
    </Stack>
  );
}

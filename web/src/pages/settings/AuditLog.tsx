import { Box, Button, Center, Collapse, Group, Stack, Text, UnstyledButton } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconChevronDown, IconChevronRight } from '@tabler/icons-react';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';

import { alertsQuery, auditQuery, tokensQuery, usersQuery } from '../../api/admin';
import type { Audit } from '../../api/schema.gen';
import { Ago } from '../../components/Ago';
import { ChangeTable } from '../../components/ChangeTable';
import { isLinked, ObjectLink } from '../../components/ObjectLink';
import { ProblemAlert } from '../../components/ProblemAlert';
import { Waiting } from '../../components/Waiting';
import { auditSentence, changesOf, via, type Names } from './auditText';
import { SectionHead } from './SectionHead';

/** AuditLog is who changed what, and when. */
export function AuditLog() {
  const log = useInfiniteQuery(auditQuery);
  const names = useNames();
  const lines = log.data?.pages.flatMap((p) => p.items) ?? [];
  return (
    <>
      <SectionHead
        title="Audit log"
        text="Who changed what, newest first. Secrets are named and never shown."
      />
      <ProblemAlert error={log.error} retry={() => void log.refetch()} />
      {log.isPending && <Waiting lines={8} height={36} />}
      <Stack gap={0} component="ul" p={0} m={0} aria-label="Audit log">
        {lines.map((a) => (
          <Line key={a.id} line={a} names={names} />
        ))}
      </Stack>
      {log.hasNextPage && (
        <Center mt="md">
          <Button variant="default" onClick={() => void log.fetchNextPage()} loading={log.isFetchingNextPage}>
            Show older lines
          </Button>
        </Center>
      )}
    </>
  );
}

/** useNames tells what ids of people, tokens and rules stand for, as long as those are there. */
function useNames(): Names {
  const users = useQuery(usersQuery);
  const tokens = useQuery(tokensQuery);
  const alerts = useQuery(alertsQuery);
  return useMemo(
    () =>
      new Map([
        ...(users.data ?? []).map((u) => [u.id, u.email] as const),
        ...(tokens.data ?? []).map((t) => [t.id, t.name] as const),
        ...(alerts.data ?? []).map((r) => [r.id, r.name] as const),
      ]),
    [users.data, tokens.data, alerts.data],
  );
}

function Line({ line: a, names }: { line: Audit; names: Names }) {
  const [opened, { toggle }] = useDisclosure(false);
  const changes = changesOf(a.detail);
  const sentence = (
    <Text size="sm" component="div">
      <Text span fw={600} inherit>
        {a.actor.name || a.actor.id}
      </Text>{' '}
      {auditSentence(a, names)}
      {via(a) && (
        <Text span c="dimmed" inherit>
          {' '}
          {via(a)}
        </Text>
      )}
      {', '}
      <Text span c="dimmed" inherit>
        <Ago at={a.at} />
      </Text>
    </Text>
  );
  const Chevron = opened ? IconChevronDown : IconChevronRight;
  return (
    <Stack component="li" gap="xs" py="snug" className="line">
      <Group gap="sm" wrap="nowrap" justify="space-between">
        {changes.length > 0 ? (
          <UnstyledButton onClick={toggle} aria-expanded={opened} miw={0}>
            <Group gap="snug" wrap="nowrap" align="flex-start">
              <Box flex="none">
                <Chevron size={16} aria-hidden />
              </Box>
              {sentence}
            </Group>
          </UnstyledButton>
        ) : (
          <Group gap="snug" wrap="nowrap" pl="lg" miw={0}>
            {sentence}
          </Group>
        )}
        {isLinked(a.kind) && a.action !== 'delete' && (
          <Text size="sm">
            <ObjectLink kind={a.kind} name={a.name} label={`Show ${a.name}`}>
              Show
            </ObjectLink>
          </Text>
        )}
      </Group>
      {changes.length > 0 && (
        <Collapse expanded={opened} pl="lg">
          <ChangeTable rows={changes} label={`What changed in ${a.name}`} />
        </Collapse>
      )}
    </Stack>
  );
}

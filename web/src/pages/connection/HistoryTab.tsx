import { Alert, Badge, Button, Card, Center, Group, List, Stack, Text, Title } from '@mantine/core';
import { useInfiniteQuery, useMutation, useQueryClient } from '@tanstack/react-query';

import { connectionQuery, versionQuery, versionsQuery } from '../../api/queries';
import { client, etag, take } from '../../api/client';
import type { Connection, ConnectionVersion, WholeVersion } from '../../api/schema.gen';
import { useAccess } from '../../components/access';
import { Ago } from '../../components/Ago';
import { ChangeTable } from '../../components/ChangeTable';
import { confirmPlainly } from '../../components/ConfirmByName';
import { ProblemAlert } from '../../components/ProblemAlert';
import { tell, tellTrouble } from '../../components/tell';
import { Waiting } from '../../components/Waiting';
import { meanings } from '../connect/plain';
import { text, type Spec } from '../connect/spec';
import { useHeldAudience } from '../connect/useHeldAudience';
import { via } from '../settings/auditText';
import { deed, differences, isPresent, rowsOf } from './history';

/** HistoryTab is what a connection was: who changed what, when, and the way back. */
export function HistoryTab({ name }: { name: string }) {
  const { edit } = useAccess();
  const history = useInfiniteQuery(versionsQuery(name));
  const goBack = useGoBack(name);
  const versions = history.data?.pages.flatMap((p) => p.items) ?? [];
  return (
    <Card component="section" aria-labelledby="history">
      <Title order={2} fz="h4" id="history">
        History
      </Title>
      <Text size="sm" c="dimmed" maw={720}>
        Each save is a version. Going back to one is a new save: nothing of the history is lost. Versions that
        were replaced more than 400 days ago are not kept.
      </Text>
      <ProblemAlert error={history.error} retry={() => void history.refetch()} />
      {history.isPending && <Waiting lines={4} height={48} />}
      <Stack gap={0} component="ul" p={0} m={0} aria-label="Versions">
        {versions.map((v, i) => (
          <Line
            key={v.version}
            version={v}
            newest={i === 0}
            goBack={edit && !isPresent(versions, i) ? () => goBack.mutate(v.version) : undefined}
            busy={goBack.isPending && goBack.variables === v.version}
          />
        ))}
      </Stack>
      {history.hasNextPage && (
        <Center mt="md">
          <Button
            variant="default"
            loading={history.isFetchingNextPage}
            onClick={() => void history.fetchNextPage()}
          >
            Show older versions
          </Button>
        </Center>
      )}
    </Card>
  );
}

interface LineProps {
  version: ConnectionVersion;
  newest: boolean;
  goBack?: () => void;
  busy: boolean;
}

function Line({ version: v, newest, goBack, busy }: LineProps) {
  const means = via({ actor: v.actor, action: '' });
  return (
    <Stack component="li" gap="xs" py="sm" className="line">
      <Group justify="space-between" gap="xs">
        <Text size="sm" component="div" miw={0}>
          <Text span fw={600} inherit className="wrapped">
            {v.actor.name || v.actor.id || 'Somebody'}
          </Text>{' '}
          {deed(v)}
          {means && ` ${means}`}
          <Text span c="dimmed" inherit>
            , <Ago at={v.at} />, version {v.version}
          </Text>
        </Text>
        {newest && <Badge variant="light">Now</Badge>}
        {goBack && (
          <Button
            size="xs"
            variant="default"
            loading={busy}
            onClick={goBack}
            aria-label={`Go back to this version, ${v.version}`}
          >
            Go back to this version
          </Button>
        )}
      </Group>
      {v.changes.length > 0 && (
        <ChangeTable rows={rowsOf(v.changes)} label={`What version ${v.version} changed`} />
      )}
    </Stack>
  );
}

/** useGoBack asks what going back would mean, and does it. */
function useGoBack(name: string) {
  const queries = useQueryClient();
  const held = useHeldAudience(name);
  return useMutation({
    mutationFn: async (version: number) => {
      const [then, now] = await Promise.all([
        queries.fetchQuery(versionQuery(name, version)),
        queries.fetchQuery({ ...connectionQuery(name), staleTime: 0 }),
      ]);
      confirmPlainly({
        title: `Go back to version ${version} of ${name}`,
        action: 'Go back',
        children: <Consequences now={now} then={then} held={held} />,
        confirm: async () => {
          await take(
            client.PUT('/api/v1/connections/{name}', {
              params: { path: { name }, header: { 'If-Match': etag(now.version) } },
              body: { spec: then.spec },
            }),
          );
          await queries.invalidateQueries({ queryKey: ['connections'] });
          tell(`${name} is as it was in version ${version}. Its next run does as it says now.`);
        },
      });
    },
    onError: tellTrouble,
  });
}

function Consequences({ now, then, held }: { now: Connection; then: WholeVersion; held: string }) {
  const [present, past] = [now.spec as Spec, then.spec as Spec];
  const said = meanings(present, past, held);
  const rows = differences(present, past);
  if (rows.length === 0) return <Text size="sm">It is made of the same already: nothing would change.</Text>;
  return (
    <Stack gap="sm">
      <Text size="sm">
        A run that is under way goes on as it began; the next one does as this version says.
        {now.paused && ' The connection stays paused.'}
      </Text>
      {said.length > 0 && (
        <Alert
          color={said.some((m) => m.serious) ? 'orange' : 'gray'}
          title="What it means for the people in the audience"
        >
          <List size="sm">
            {said.map((m) => (
              <List.Item key={m.text}>{m.text}</List.Item>
            ))}
          </List>
          {text(past, 'sync_mode') !== 'upsert' && (
            <Text size="sm" mt="xs">
              The guard still holds a run that would remove too many.
            </Text>
          )}
        </Alert>
      )}
      <ChangeTable rows={rows} label="What going back changes" />
    </Stack>
  );
}

import { Anchor, List, Stack, Text } from '@mantine/core';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';

import { versionsQuery } from '../../api/queries';
import type { Run } from '../../api/schema.gen';
import { planQuery } from '../../api/watch';
import { Ago } from '../../components/Ago';
import { deed } from '../connection/history';
import { removalText } from './advice';
import { madeSince } from './held';

/** SinceHeld tells what changed since a run was held: the connection, and who would leave by now. */
export function SinceHeld({ run }: { run: Run }) {
  const history = useInfiniteQuery(versionsQuery(run.connection));
  const plan = useQuery(planQuery(run.connection, run.full));
  const made = madeSince(run, history.data?.pages[0]?.items ?? []);
  return (
    <Stack gap="xs">
      {made.length > 0 && (
        <>
          <Text size="sm" fw={600}>
            The connection was changed since this run began. A new run does as it says now:
          </Text>
          <List size="sm">
            {made.map((v) => (
              <List.Item key={v.version}>
                {v.actor.name || 'Somebody'} {deed(v)}, <Ago at={v.at} />
              </List.Item>
            ))}
          </List>
          <Anchor
            size="sm"
            underline="always"
            renderRoot={(props) => (
              <Link
                to="/connections/$name"
                params={{ name: run.connection }}
                search={{ tab: 'history' }}
                {...props}
              />
            )}
          >
            See what was changed
          </Anchor>
        </>
      )}
      {history.data && made.length === 0 && (
        <Text size="sm">The connection is as it was when this run began.</Text>
      )}
      {plan.data && (
        <Text size="sm" role="status">
          {plan.data.removal.identities + plan.data.removal.people > 0
            ? `As the model is now, ${removalText(plan.data.removal)} would leave.`
            : 'As the model is now, nobody would be removed: run the connection again.'}
        </Text>
      )}
    </Stack>
  );
}

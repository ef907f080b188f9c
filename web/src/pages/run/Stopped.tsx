import { Alert, Button, Group, Stack, Text } from '@mantine/core';
import { IconCircleX } from '@tabler/icons-react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';

import { connectionQuery, runQuery } from '../../api/queries';
import type { Run, RunError } from '../../api/schema.gen';
import { startRun } from '../../api/watch';
import { useAccess } from '../../components/access';
import { ProblemAlert, sentence } from '../../components/ProblemAlert';
import { visible } from '../../components/visible';
import { nothing } from './advice';

/** Stopped says why a run failed, how to mend that, and leads to what is to be changed. */
export function Stopped({ run, error }: { run: Run; error: RunError }) {
  const { edit } = useAccess();
  const queries = useQueryClient();
  const navigate = useNavigate();
  const again = useMutation({
    mutationFn: () => startRun(run.connection, run.full),
    onSuccess: (next) => {
      queries.setQueryData(runQuery(next.run_id).queryKey, next);
      void queries.invalidateQueries({ queryKey: ['health'] });
      void queries.invalidateQueries({ queryKey: ['runs', 'list'] });
      return navigate({ to: '/runs/$id', params: { id: next.run_id } });
    },
  });
  return (
    <Alert
      color={run.status === 'failed' ? 'red' : 'gray'}
      icon={<IconCircleX aria-hidden />}
      title={visible(sentence(error.reason))}
      className="wrapped"
    >
      <Stack gap="sm" align="flex-start">
        {error.mend && (
          <Text size="sm" className="lines">
            {error.mend}
          </Text>
        )}
        {nothing(run) && (
          <Text size="sm">Nothing was read and nothing was sent: the audience is as it was.</Text>
        )}
        <ProblemAlert error={again.error} />
        {edit ? (
          <Group gap="xs">
            <Button loading={again.isPending} onClick={() => again.mutate()}>
              Try again
            </Button>
            <ToEdit run={run} what={error.edit} />
          </Group>
        ) : (
          <Text size="sm">Ask an editor to look at it.</Text>
        )}
      </Stack>
    </Alert>
  );
}

/** ToEdit leads to the source, the account or the connection that stopped the run. */
function ToEdit({ run, what }: { run: Run; what: RunError['edit'] }) {
  const connection = useQuery(connectionQuery(run.connection));
  if (!what || !connection.data) return null;
  const { source, destination } = connection.data.spec;
  switch (what) {
    case 'source':
      return (
        <>
          <Button
            variant="default"
            renderRoot={(props) => <Link to="/sources/$name" params={{ name: source }} {...props} />}
          >
            Edit the source {source}
          </Button>
          <EditConnection name={run.connection} />
        </>
      );
    case 'destination':
      return (
        <Button
          variant="default"
          renderRoot={(props) => <Link to="/destinations/$name" params={{ name: destination }} {...props} />}
        >
          Edit the X account {destination}
        </Button>
      );
    case 'config':
      return <EditConnection name={run.connection} />;
  }
}

function EditConnection({ name }: { name: string }) {
  return (
    <Button
      variant="default"
      renderRoot={(props) => (
        <Link to="/connections/$name" params={{ name }} search={{ tab: 'setup' }} {...props} />
      )}
    >
      Edit the connection
    </Button>
  );
}

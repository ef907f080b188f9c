import { Alert, Button, Card, Group, Loader, Stack, Text, Title } from '@mantine/core';
import { IconHandStop, IconPlayerPlay } from '@tabler/icons-react';
import { useMutation, useQuery } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';

import { planQuery } from '../../api/watch';
import { ProblemAlert, sentence } from '../../components/ProblemAlert';
import { PlanResult } from '../connection/PlanResult';
import { start } from './useCreate';

/** FirstPlan tells what the first run of a new connection would do, and starts it. */
export function FirstPlan({ name }: { name: string }) {
  const navigate = useNavigate();
  const plan = useQuery({ ...planQuery(name, false), enabled: true, refetchOnWindowFocus: false });
  const run = useMutation({
    mutationFn: async () => {
      const id = await start(name);
      if (id) await navigate({ to: '/runs/$id', params: { id } });
    },
  });
  return (
    <Stack>
      <Card component="section" aria-labelledby="plan">
        <Stack>
          <Title order={2} fz="h4" id="plan">
            The plan of the first run
          </Title>
          <Group gap="xs" role="status">
            {plan.isFetching && (
              <>
                <Loader size="xs" aria-hidden />
                <Text size="sm">Reading the model. A large one takes some minutes; nothing is sent.</Text>
              </>
            )}
            {plan.data && <Text size="sm">The plan is ready. Nothing was sent yet.</Text>}
          </Group>
          <ProblemAlert
            error={plan.error}
            title="The plan could not be made"
            retry={() => void plan.refetch()}
          />
          {plan.data?.guard && (
            <Alert color="grape" icon={<IconHandStop aria-hidden />} title="The guard would hold this run">
              {sentence(plan.data.guard)}.
            </Alert>
          )}
          <Group>
            <Button
              leftSection={<IconPlayerPlay size={16} aria-hidden />}
              onClick={() => run.mutate()}
              loading={run.isPending}
            >
              Run it now
            </Button>
            <Button
              variant="default"
              renderRoot={(props) => <Link to="/connections/$name" params={{ name }} {...props} />}
            >
              Open the connection
            </Button>
          </Group>
        </Stack>
      </Card>
      {plan.data && <PlanResult plan={plan.data} />}
    </Stack>
  );
}

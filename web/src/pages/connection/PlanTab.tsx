import { Alert, Button, Card, Checkbox, Group, Loader, Stack, Text, Title } from '@mantine/core';
import { IconCircleCheck, IconHandStop } from '@tabler/icons-react';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';

import { planQuery } from '../../api/watch';
import { useAccess } from '../../components/access';
import { Ago } from '../../components/Ago';
import { ProblemAlert } from '../../components/ProblemAlert';
import { PlanResult } from './PlanResult';

/** PlanTab tells what a run would do; it sends nothing and changes nothing. */
export function PlanTab({ name }: { name: string }) {
  const { edit } = useAccess();
  const queries = useQueryClient();
  const [full, setFull] = useState(false);
  const plan = useQuery(planQuery(name, full));
  const stop = () => void queries.cancelQueries({ queryKey: planQuery(name, full).queryKey });
  return (
    <Stack>
      <Card component="section" aria-labelledby="plan">
        <Stack align="flex-start">
          <Title order={2} fz="h4" id="plan">
            Plan the next run
          </Title>
          <Text size="sm" c="dimmed" maw={720}>
            Reads the model now and works out what a run would do: the changes, the requests, what the guard
            says, and how well each field is filled. Nothing is sent and nothing is changed. A large model
            takes some minutes.
          </Text>
          {edit ? (
            <Group>
              <Button loading={plan.isFetching} onClick={() => void plan.refetch()}>
                {plan.data ? 'Plan again' : 'Make a plan'}
              </Button>
              <Checkbox
                label="As a full sync"
                checked={full}
                disabled={plan.isFetching}
                onChange={(e) => setFull(e.currentTarget.checked)}
              />
              {plan.isFetching && (
                <Button variant="subtle" color="gray" onClick={stop}>
                  Stop
                </Button>
              )}
            </Group>
          ) : (
            <Alert color="gray">Editors and administrators can make a plan.</Alert>
          )}
          <Group gap="xs" role="status" aria-live="polite">
            {plan.isFetching && (
              <>
                <Loader size="xs" aria-hidden />
                <Text size="sm">Reading the model and comparing…</Text>
              </>
            )}
            {plan.data && !plan.isFetching && (
              <Text size="sm" c="dimmed">
                Made <Ago at={new Date(plan.dataUpdatedAt).toISOString()} />
              </Text>
            )}
          </Group>
        </Stack>
      </Card>
      <ProblemAlert error={plan.error} title="The plan could not be made" />
      {plan.data &&
        (plan.data.guard ? (
          <Alert color="grape" icon={<IconHandStop aria-hidden />} title="The guard would stop this run">
            <Text size="sm">
              {plan.data.guard}. The run would send nothing and wait until a person approves it.
            </Text>
          </Alert>
        ) : (
          <Alert color="green" icon={<IconCircleCheck aria-hidden />} title="The guard would let this run go">
            <Text size="sm">It removes no more than the settings allow.</Text>
          </Alert>
        ))}
      {plan.data && <PlanResult plan={plan.data} />}
    </Stack>
  );
}

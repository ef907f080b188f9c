import { Alert, Button, Card, Group, Loader, Stack, Text, Title } from '@mantine/core';
import { IconHandStop } from '@tabler/icons-react';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';

import { draftPlanQuery } from '../../api/modelQueries';
import { ProblemAlert, sentence } from '../../components/ProblemAlert';
import { PlanResult } from '../connection/PlanResult';
import type { Spec } from './spec';

interface Props {
  name: string;
  spec: Spec;
  /** first says that nothing is stored yet: what the first run would do is part of the review. */
  first: boolean;
}

/** ReviewPlan tells what the next run would do if the connection were as it is written here. */
export function ReviewPlan({ name, spec, first }: Props) {
  const queries = useQueryClient();
  // A change of a schedule need not read the whole model: then it is for who asks.
  const [asked, setAsked] = useState(first);
  const query = draftPlanQuery(name, spec, asked);
  const plan = useQuery(query);
  const idle = !plan.isFetching && !plan.data && !plan.error;
  const make = () => (asked ? void plan.refetch() : setAsked(true));
  return (
    <Stack>
      <Card component="section" aria-labelledby="plan" p="md">
        <Stack gap="sm">
          <Title order={3} fz="h4" id="plan">
            {first ? 'The plan of the first run' : 'What the next run would do'}
          </Title>
          <Group gap="xs" role="status" wrap="nowrap" align="flex-start">
            {plan.isFetching && (
              <>
                <Loader size="xs" mt="hair" aria-hidden />
                <Text size="sm">
                  Reading the model. A large one takes some minutes, and you need not wait. Nothing is sent.
                </Text>
              </>
            )}
            {plan.data && !plan.isFetching && (
              <Text size="sm">The plan is ready. Nothing was sent, and nothing was changed.</Text>
            )}
            {idle && (
              <Text size="sm" c="dimmed">
                A plan reads the model and says who would be added and removed. Nothing is sent.
              </Text>
            )}
          </Group>
          {plan.isFetching && (
            <Button
              variant="subtle"
              color="gray"
              size="xs"
              w="fit-content"
              onClick={() => void queries.cancelQueries({ queryKey: query.queryKey })}
            >
              Stop
            </Button>
          )}
          {idle && (
            <Button variant="light" w="fit-content" onClick={make}>
              Make a plan
            </Button>
          )}
          {!plan.isFetching && (
            <ProblemAlert error={plan.error} title="The plan could not be made" retry={make} />
          )}
          {plan.data?.guard && (
            <Alert color="grape" icon={<IconHandStop aria-hidden />} title="The guard would hold this run">
              {sentence(plan.data.guard)}.
            </Alert>
          )}
        </Stack>
      </Card>
      {plan.data && <PlanResult plan={plan.data} inside />}
    </Stack>
  );
}

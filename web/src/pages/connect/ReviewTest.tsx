import { Button, Card, Stack, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';

import { connectionTestQuery } from '../../api/modelQueries';
import { TestSteps } from '../../components/TestSteps';
import type { Spec } from './spec';

/** ReviewTest tells what a run would refuse at once, before there is one. */
export function ReviewTest({ name, spec }: { name: string; spec: Spec }) {
  const test = useQuery(connectionTestQuery(name, spec));
  return (
    <Card component="section" aria-labelledby="test" p="md">
      <Stack gap="sm">
        <Title order={3} fz="h4" id="test">
          Can it run?
        </Title>
        <TestSteps testing={test.isFetching} result={test.data} error={test.error} good="A run can begin." />
        {!test.isFetching && !test.data?.ok && (
          <Button variant="subtle" size="xs" w="fit-content" onClick={() => void test.refetch()}>
            Test again
          </Button>
        )}
      </Stack>
    </Card>
  );
}

import { Alert, Button, Card, Group, List, Loader, SimpleGrid, Stack, Text, Title } from '@mantine/core';
import { IconHandStop, IconPlayerPlay } from '@tabler/icons-react';
import { useMutation, useQuery } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';

import { firstPlanQuery } from '../../api/modelQueries';
import { bytes, count, duration, plural } from '../../components/numbers';
import { ProblemAlert, sentence } from '../../components/ProblemAlert';
import { start } from './useCreate';

/** FirstPlan tells what the first run of a new connection would do, and starts it. */
export function FirstPlan({ name }: { name: string }) {
  const navigate = useNavigate();
  const plan = useQuery(firstPlanQuery(name));
  const run = useMutation({
    mutationFn: async () => {
      const id = await start(name);
      if (id) await navigate({ to: '/runs/$id', params: { id } });
    },
  });
  const counts = plan.data?.counts;
  return (
    <Card component="section" aria-labelledby="plan">
      <Stack>
        <Title order={2} fz="h4" id="plan">
          What the first run would do
        </Title>
        <div aria-live="polite" aria-busy={plan.isFetching}>
          {plan.isFetching && (
            <Group gap="xs">
              <Loader size="xs" aria-hidden />
              <Text size="sm">Reading the model. A large one takes some minutes; nothing is sent.</Text>
            </Group>
          )}
        </div>
        <ProblemAlert
          error={plan.error}
          title="The plan could not be made"
          retry={() => void plan.refetch()}
        />
        {plan.data && counts && (
          <>
            <SimpleGrid cols={{ base: 2, sm: 4 }}>
              <Number label="Rows in the model" value={count(counts.rows)} />
              <Number label="People to add" value={count(counts.insert)} />
              <Number label="Rows that cannot be sent" value={count(counts.invalid)} />
              <Number
                label="Requests"
                value={count(counts.requests)}
                detail={`${bytes(counts.bytes)}, at least ${duration(plan.data.seconds)} at X's limits`}
              />
            </SimpleGrid>
            {plan.data.guard && (
              <Alert color="grape" icon={<IconHandStop aria-hidden />} title="The guard would hold this run">
                {sentence(plan.data.guard)}.
              </Alert>
            )}
            {(plan.data.fields ?? []).length > 0 && (
              <div>
                <Text fw={600} size="sm">
                  How well the fields are filled
                </Text>
                <List size="sm">
                  {(plan.data.fields ?? []).map((f) => (
                    <List.Item key={f.field}>
                      {f.field}: {count(f.valid)} of {plural(counts.rows, 'row')} can be used
                      {(f.invalid ?? []).map((e) => `, ${count(e.count)}: ${e.reason}`).join('')}
                    </List.Item>
                  ))}
                </List>
              </div>
            )}
            {(plan.data.errors ?? []).length > 0 && (
              <div>
                <Text fw={600} size="sm">
                  Why rows cannot be sent
                </Text>
                <List size="sm">
                  {(plan.data.errors ?? []).map((e) => (
                    <List.Item key={e.reason}>
                      {plural(e.count, 'row')}: {e.reason}
                    </List.Item>
                  ))}
                </List>
              </div>
            )}
          </>
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
  );
}

function Number({ label, value, detail }: { label: string; value: string; detail?: string }) {
  return (
    <Stack gap={0}>
      <Text size="sm" c="dimmed">
        {label}
      </Text>
      <Text fz="h3" fw={650} className="numbers">
        {value}
      </Text>
      {detail && (
        <Text size="xs" c="dimmed">
          {detail}
        </Text>
      )}
    </Stack>
  );
}

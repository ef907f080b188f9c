import { Alert, Button, Code, Group, Progress, Stack, Text } from '@mantine/core';
import { IconHandStop } from '@tabler/icons-react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';

import type { Run } from '../../api/schema.gen';
import { approveRun, planQuery, rejectRun } from '../../api/watch';
import { useAccess } from '../../components/access';
import { confirmByName } from '../../components/ConfirmByName';
import { ProblemAlert, sentence } from '../../components/ProblemAlert';
import { adviceFor, barOf, percentOf, removalText } from './advice';
import { visible } from '../../components/visible';

/** Guard asks a person about a run that waits for approval. */
export function Guard({ run }: { run: Run }) {
  const { edit } = useAccess();
  const navigate = useNavigate();
  const plan = useQuery(planQuery(run.connection, run.full));
  const question = run.errors.find((e) => e.removal) ?? run.errors[0];
  const held = question?.removal;
  const percent = held ? percentOf(held) : '';
  const approve = useMutation({
    mutationFn: () => approveRun(run.run_id),
    onSuccess: (next) => navigate({ to: '/runs/$id', params: { id: next.run_id } }),
  });
  const queries = useQueryClient();
  const reject = useMutation({
    mutationFn: () => rejectRun(run.run_id),
    onSuccess: () => queries.invalidateQueries(),
  });
  const ask = () =>
    confirmByName({
      title: held ? `Remove ${removalText(held)}` : 'Approve the run',
      name: run.connection,
      action: held ? 'Approve and remove' : 'Approve and run',
      confirm: () => approve.mutateAsync(),
      children: held ? (
        <>
          A new run begins now and reads the model again. It removes whoever is not in the model then:{' '}
          {removalText(held)} that the audience holds, and little more. If more would leave by now, it waits
          again and says so. They leave the audience within X’s 6 to 8 hours.
        </>
      ) : (
        <>A new run begins now, and goes on where this one stopped to ask.</>
      ),
    });
  const leaving = plan.data?.samples?.filter((s) => s.operation === 'delete') ?? [];
  return (
    <Alert
      color="grape"
      icon={<IconHandStop aria-hidden />}
      title={held ? `This run would remove ${removalText(held)}` : 'This run waits for a person'}
    >
      <Stack gap="sm" align="flex-start">
        {held ? (
          <>
            <Progress.Root size="xl" w="100%" maw={480}>
              <Progress.Section
                value={held ? barOf(held) : 0}
                color="grape.8"
                aria-label="Share that would be removed"
              >
                <Progress.Label>{percent}</Progress.Label>
              </Progress.Section>
            </Progress.Root>
            <Text size="sm">
              {held.empties
                ? 'It would empty the audience, and the settings do not allow that.'
                : `That is ${percent} of the audience, by the larger of the two shares, and more than the settings allow.`}{' '}
              Nothing was sent. If the model is right, approve; if it is not, mend it and run again.
            </Text>
          </>
        ) : (
          question && (
            <Text size="sm">
              {sentence(question.reason)}. {adviceFor(question).text}
            </Text>
          )
        )}
        {leaving.length > 0 && (
          <Group gap="xs">
            <Text size="sm">Such as the records</Text>
            {leaving.map((s) => (
              <Code key={s.record_id}>{visible(s.record_id)}</Code>
            ))}
          </Group>
        )}
        {plan.data && leaving.length === 0 && held && (
          <Text size="sm">As the model is now, nobody would be removed: run the connection again.</Text>
        )}
        <ProblemAlert error={plan.error ?? approve.error ?? reject.error} />
        {edit ? (
          <Group gap="xs">
            <Button color="grape" onClick={ask}>
              {held ? 'Approve the removal' : 'Approve'}
            </Button>
            {held && (
              <Button variant="default" loading={plan.isFetching} onClick={() => void plan.refetch()}>
                Show some of them
              </Button>
            )}
            {held && (
              <Button
                variant="default"
                renderRoot={(props) => (
                  <Link
                    to="/runs/$id"
                    params={{ id: run.run_id }}
                    search={{ tab: 'records', status: 'held' }}
                    {...props}
                  />
                )}
              >
                List who would leave
              </Button>
            )}
            <Button variant="default" loading={reject.isPending} onClick={() => reject.mutate()}>
              Reject
            </Button>
            <Button
              variant="default"
              renderRoot={(props) => (
                <Link
                  to="/connections/$name"
                  params={{ name: run.connection }}
                  search={{ tab: 'plan' }}
                  {...props}
                />
              )}
            >
              Plan the next run
            </Button>
          </Group>
        ) : (
          <Text size="sm">Ask an editor to look at it.</Text>
        )}
      </Stack>
    </Alert>
  );
}

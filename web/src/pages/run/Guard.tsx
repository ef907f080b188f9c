import { Alert, Anchor, Button, Code, Group, Progress, Stack, Text, Textarea } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconHandStop } from '@tabler/icons-react';
import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { useRef, type ReactNode } from 'react';

import { runsQuery } from '../../api/queries';
import type { Run } from '../../api/schema.gen';
import { approveRun, planQuery, rejectRun } from '../../api/watch';
import { useAccess } from '../../components/access';
import { confirmByName, confirmPlainly } from '../../components/ConfirmByName';
import { ProblemAlert, sentence } from '../../components/ProblemAlert';
import { startedBy } from '../../components/startedBy';
import { visible } from '../../components/visible';
import { adviceFor, barOf, percentOf, removalText, type Removal } from './advice';
import { heldOf, heldTitle, newerThan, waitingParts } from './held';
import { Emptied, HeldParts } from './HeldParts';
import { Leaving } from './Leaving';
import { SinceHeld } from './SinceHeld';

/** Guard tells of a run that the guard held, and asks a person about it while it is the newest. */
export function Guard({ run }: { run: Run }) {
  const { edit } = useAccess();
  const [listed, list] = useDisclosure(false);
  // Another run may begin at any time; then there is nothing to decide about this one any more.
  const runs = useInfiniteQuery({ ...runsQuery({ connection: run.connection }), refetchInterval: 10_000 });
  const newer = newerThan(run, runs.data?.pages[0]?.items ?? []);
  const question = run.errors.find((e) => e.removal) ?? run.errors[0];
  const held = heldOf(run);
  const percent = held ? percentOf(held) : '';
  const waiting = waitingParts(run);
  return (
    <Alert color="grape" icon={<IconHandStop aria-hidden />} title={heldTitle(run)}>
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
              {whyHeld(held, waiting.length)}{' '}
              {waiting.length > 0
                ? `Nothing was sent to the audiences that wait${run.counts.opted_out ? ' but the removals of people who are on a suppression list' : ''}; the others are done. An approval is for all that wait.`
                : run.counts.requests > 0
                  ? 'Nothing was sent but the removals of people who are on a suppression list.'
                  : 'Nothing was sent.'}{' '}
              If the model is right, approve; if it is not, mend it and run again.
            </Text>
          </>
        ) : (
          question && (
            <Text size="sm">
              {sentence(question.reason)}. {adviceFor(question).text}
            </Text>
          )
        )}
        <HeldParts run={run} />
        {newer && <Overtaken by={newer} />}
        {!newer && <SinceHeld run={run} />}
        {!newer && edit && !runs.isPending && <Decide run={run} />}
        {held && (
          <Button variant="default" aria-expanded={listed} onClick={list.toggle}>
            {listed ? 'Hide who would leave' : 'List who would leave'}
          </Button>
        )}
        {listed && <Leaving run={run} />}
        {!newer && !edit && <Text size="sm">Ask an editor to look at it.</Text>}
      </Stack>
    </Alert>
  );
}

/** whyHeld says why the guard held a run; of several audiences each is held for itself. */
function whyHeld(held: Removal, parts: number): string {
  if (parts > 0)
    return `That is ${percentOf(held)} of them, by the larger of the two shares. Each was held by its own.`;
  if (held.empties) return 'It would empty the audience, and the settings do not allow that.';
  return `That is ${percentOf(held)} of the audience, by the larger of the two shares, and more than the settings allow.`;
}

function Overtaken({ by }: { by: Run }) {
  return (
    <Text size="sm">
      A newer run of this connection is there ({startedBy(by)}): what this one showed is not what is there by
      now, and nothing can be decided about it any more.{' '}
      <Anchor
        inherit
        underline="always"
        renderRoot={(props) => <Link to="/runs/$id" params={{ id: by.run_id }} {...props} />}
      >
        Look at the newest run
      </Anchor>
    </Text>
  );
}

/** Decide are the buttons of a run that waits, and what is known of who would leave now. */
function Decide({ run }: { run: Run }) {
  const navigate = useNavigate();
  const queries = useQueryClient();
  const note = useRef('');
  const plan = useQuery(planQuery(run.connection, run.full));
  const held = heldOf(run);
  const several = waitingParts(run).length > 0;
  const approve = useMutation({
    mutationFn: () => approveRun(run.run_id, note.current),
    onSuccess: (next) => navigate({ to: '/runs/$id', params: { id: next.run_id } }),
  });
  const reject = useMutation({
    mutationFn: () => rejectRun(run.run_id, note.current),
    onSuccess: () => queries.invalidateQueries(),
  });
  const asking = (text: string, warning?: ReactNode) => {
    note.current = '';
    return (
      <Stack gap="sm">
        <Text size="sm">{text}</Text>
        {warning}
        <Textarea
          label="Note"
          description="Why, for whoever asks later. It stays with the run and in the audit log."
          maxLength={500}
          autosize
          maxRows={4}
          onChange={(e) => {
            note.current = e.currentTarget.value;
          }}
        />
      </Stack>
    );
  };
  const askApprove = () =>
    confirmByName({
      title: held ? `Remove ${removalText(held)}` : 'Approve the run',
      name: run.connection,
      action: held ? 'Approve and remove' : 'Approve and run',
      confirm: () => approve.mutateAsync(),
      children: asking(
        held
          ? `A new run begins now and reads the model again. It removes whoever is not in the model then: ${removalText(held)} that ${several ? 'the audiences hold' : 'the audience holds'}, and little more. If more would leave by now, it waits again and says so. They leave the audience within X’s 6 to 8 hours.`
          : 'A new run begins now, and goes on where this one stopped to ask.',
        <>
          <HeldParts run={run} />
          {held?.empties && <Emptied run={run} />}
        </>,
      ),
    });
  const askReject = () =>
    confirmPlainly({
      title: 'Reject this run',
      action: 'Reject the run',
      confirm: () => reject.mutateAsync(),
      children: asking(
        'Nothing of it was sent, and nothing of it will be. It cannot be approved any more. The next run reads the model again, and waits again if too many would leave.',
      ),
    });
  const some = plan.data?.samples?.filter((s) => s.operation === 'delete') ?? [];
  return (
    <>
      {some.length > 0 && (
        <Group gap="xs">
          <Text size="sm">Such as the records</Text>
          {some.map((s) => (
            <Code key={s.record_id}>{visible(s.record_id)}</Code>
          ))}
        </Group>
      )}
      <ProblemAlert error={plan.error} />
      <Group gap="xs">
        <Button color="grape" onClick={askApprove}>
          {held ? 'Approve the removal' : 'Approve'}
        </Button>
        <Button variant="default" onClick={askReject}>
          Reject
        </Button>
        {held && (
          <Button variant="default" loading={plan.isFetching} onClick={() => void plan.refetch()}>
            Count who would leave now
          </Button>
        )}
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
    </>
  );
}

import { Alert, Stack } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useCallback, useEffect } from 'react';

import { connectionTestQuery } from '../../api/modelQueries';
import { connectionsQuery } from '../../api/queries';
import { PageHeader } from '../../components/PageHeader';
import { ProblemAlert } from '../../components/ProblemAlert';
import { CreateButtons } from './CreateButtons';
import { OpenDrafts } from './OpenDrafts';
import { ReviewStep } from './ReviewStep';
import { suggestedName } from './name';
import type { Spec } from './spec';
import { statesOf } from './states';
import { StepBody } from './StepBody';
import { stepOf, titleOf, type StepID } from './steps';
import { useChecked } from './useChecked';
import { useCreate } from './useCreate';
import { useDraft } from './useDraft';
import { Wizard } from './Wizard';

/** NewConnection is the wizard over a draft, up to the first run. */
export function NewConnection({ person, id, begin }: { person: string; id: string; begin: Spec }) {
  const search = useSearch({ from: '/app/connect' });
  const navigate = useNavigate({ from: '/connect' });
  const { data: connections } = useQuery(connectionsQuery);
  const { draft, change, visit, remove, gone } = useDraft(person, id, begin);
  const step = stepOf(search.step ?? draft.step);
  const { spec } = draft;
  // A name that no connection has, for calls that want one.
  const name = `draft ${id}`;
  const create = useCreate(remove);
  // What is made is not judged again: its audience would be taken, by itself.
  const checked = useChecked(name, spec, create.isIdle || create.isError);
  const ready = checked.open.length === 0 && checked.mistakes.length === 0;
  // The review shows the test; here it says whether a run can begin.
  const test = useQuery({
    ...connectionTestQuery(name, spec),
    enabled: step === 'review' && ready && checked.judged,
  });

  useEffect(() => visit(step), [visit, step]);
  const go = useCallback(
    (next: StepID) => void navigate({ search: { draft: id, step: next } }),
    [navigate, id],
  );
  const edit = useCallback((next: Spec) => change({ spec: next }), [change]);

  const props = { name, spec, change: edit, mistakes: checked.mistakes, go };
  const title =
    draft.name ??
    suggestedName(
      spec,
      (connections ?? []).map((c) => c.name),
    );
  const lacking = gone ? 'It was created, or discarded, in another window.' : lackOf(checked, title);
  return (
    <>
      <PageHeader
        title="Connect"
        text="Mirror a table or query of your warehouse into an audience at X. What you enter stays in this browser until you create it: leave, and come back when you like."
      />
      <Stack>
        {gone && (
          <Alert color="orange" title="This draft is no more" role="alert">
            It was made into a connection, or discarded, in another window. What you change here is not kept.
          </Alert>
        )}
        {draft.changed === 0 && <OpenDrafts person={person} />}
        <Wizard
          step={step}
          go={go}
          states={statesOf(spec, checked.identities, checked.mistakes, new Set(draft.seen as StepID[]))}
          missing={checked.missing(step)}
          mistakes={checked.mistakes}
          end={
            <CreateButtons
              lacking={lacking}
              failing={test.data?.ok === false}
              busy={create.isPending ? create.variables.then : null}
              start={(then) => create.mutate({ name: title.trim(), spec, then })}
            />
          }
        >
          <StepBody
            {...props}
            step={step}
            review={
              <ReviewStep
                {...props}
                open={checked.open}
                ready={ready && checked.judged}
                warnings={checked.warnings}
                title={title}
                rename={(title) => {
                  create.reset();
                  change({ name: title });
                }}
                nameError={create.exists ? 'There is a connection of this name already.' : undefined}
              />
            }
          />
          {step === 'review' && <ProblemAlert error={checked.failure} />}
          {step === 'review' && !create.exists && (
            <ProblemAlert error={create.error} title="The connection was not made" />
          )}
        </Wizard>
      </Stack>
    </>
  );
}

/** lackOf says why a connection cannot be made yet; empty when it can. */
function lackOf({ open, mistakes, judged, failure }: ReturnType<typeof useChecked>, title: string): string {
  const [gap] = open;
  if (gap) return `${titleOf(gap.step)}: ${gap.text}`;
  if (mistakes.length > 0) return 'Something above is not right yet.';
  if (!judged && !failure) return 'One moment: it is being looked over.';
  return title.trim() ? '' : 'Give the connection a name.';
}

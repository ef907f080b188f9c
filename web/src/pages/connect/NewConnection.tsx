import { Stack } from '@mantine/core';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useCallback, useEffect } from 'react';

import { PageHeader } from '../../components/PageHeader';
import { ProblemAlert } from '../../components/ProblemAlert';
import { CreateButtons } from './CreateButtons';
import { OpenDrafts } from './OpenDrafts';
import { ReviewStep } from './ReviewStep';
import type { Spec } from './spec';
import { statesOf } from './states';
import { StepBody } from './StepBody';
import { stepOf, type StepID } from './steps';
import { useChecked } from './useChecked';
import { useCreate } from './useCreate';
import { useDraft } from './useDraft';
import { Wizard } from './Wizard';

/** NewConnection is the wizard over a draft, up to the first run. */
export function NewConnection({ person, id }: { person: string; id: string }) {
  const search = useSearch({ from: '/app/connect' });
  const navigate = useNavigate({ from: '/connect' });
  const { draft, change, visit, remove } = useDraft(person, id, begin(search));
  const step = stepOf(search.step ?? draft.step);
  const { spec } = draft;
  // A name that no connection has, for calls that want one.
  const name = `draft ${id}`;
  const checked = useChecked(name, spec, true);
  const create = useCreate(remove);

  useEffect(() => visit(step), [visit, step]);
  const go = useCallback(
    (next: StepID) => void navigate({ search: { draft: id, step: next } }),
    [navigate, id],
  );
  const edit = useCallback((next: Spec) => change({ spec: next }), [change]);

  const props = { name, spec, change: edit, mistakes: checked.mistakes, go };
  const ready = checked.open.length === 0 && checked.mistakes.length === 0;
  return (
    <>
      <PageHeader
        title="Connect"
        text="Mirror a table or query of your warehouse into an audience at X. What you enter stays in this browser until you create it: leave, and come back when you like."
      />
      <Stack>
        {draft.changed === 0 && <OpenDrafts person={person} />}
        <Wizard
          step={step}
          go={go}
          states={statesOf(spec, checked.identities, checked.mistakes, new Set(draft.seen as StepID[]))}
          missing={checked.missing(step)}
          mistakes={checked.mistakes}
          end={
            <CreateButtons
              disabled={!ready || !draft.name.trim()}
              busy={create.isPending ? create.variables.then : null}
              start={(then) => create.mutate({ name: draft.name.trim(), spec, then })}
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
                title={draft.name}
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

/** begin is the draft of somebody who comes from the page of a source or of an X account. */
function begin(search: { source?: string; destination?: string }): Spec {
  return {
    ...(search.source ? { source: search.source } : {}),
    ...(search.destination ? { destination: search.destination } : {}),
  };
}

import { Button, Group, Stack, Text } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useCallback, useState } from 'react';

import { client, etag, take } from '../../api/client';
import { connectionSpec } from '../../api/modelQueries';
import type { Connection } from '../../api/schema.gen';
import { ProblemAlert } from '../../components/ProblemAlert';
import { isStale, Stale } from '../../components/Stale';
import { tell } from '../../components/tell';
import { editID } from './drafts';
import { ReviewStep } from './ReviewStep';
import { same, type Spec } from './spec';
import { statesOf } from './states';
import { StepBody } from './StepBody';
import { stepIDs, stepOf, type StepID } from './steps';
import { useChecked } from './useChecked';
import { useDraft } from './useDraft';
import { useHeldAudience } from './useHeldAudience';
import { Wizard } from './Wizard';

interface Props {
  person: string;
  /** object is the connection as it was when the change began. */
  object: Connection;
  reload: () => Promise<void>;
}

/** EditConnection is the wizard over a connection that is stored. */
export function EditConnection({ person, object, reload }: Props) {
  // Somebody else's change must not slip under this one: the version stays that of the beginning.
  const [{ name, version, spec: stored }] = useState(() => ({ ...object, spec: object.spec as Spec }));
  const search = useSearch({ from: '/app/connections/$name/edit' });
  const navigate = useNavigate({ from: '/connections/$name/edit' });
  const queries = useQueryClient();
  const { draft, change, remove } = useDraft(person, editID(name, version), stored);
  const step = stepOf(search.step);
  const { spec } = draft;
  const held = useHeldAudience(name);
  const dirty = !same(spec, stored);
  const checked = useChecked(name, spec, true);
  const edit = useCallback((next: Spec) => change({ spec: next }), [change]);
  const go = useCallback((next: StepID) => void navigate({ search: { step: next } }), [navigate]);

  const save = useMutation({
    mutationFn: () =>
      take(
        client.PUT('/api/v1/connections/{name}', {
          params: { path: { name }, header: { 'If-Match': etag(version) } },
          body: { spec: connectionSpec(spec) },
        }),
      ),
    onSuccess: async () => {
      remove();
      await queries.invalidateQueries({ queryKey: ['connections'] });
      tell(`${name} is saved. Its next run does as it says now.`);
      await navigate({ to: '/connections/$name', params: { name } });
    },
  });
  const overtaken = isStale(save.error);
  const startOver = () => {
    remove();
    void reload();
  };

  const props = { name, spec, change: edit, mistakes: checked.mistakes, go, stored };
  const ready = dirty && checked.open.length === 0 && checked.mistakes.length === 0;
  return (
    <Stack>
      {draft.changed > 0 && dirty && (
        <Group gap="xs" justify="space-between">
          <Text size="sm" c="dimmed" role="status">
            There are changes that are not saved. They stay in this browser.
          </Text>
          <Group gap="xs">
            <Button size="xs" variant="subtle" color="gray" onClick={startOver}>
              Discard the changes
            </Button>
            {step !== 'review' && (
              <Button size="xs" variant="light" onClick={() => go('review')}>
                Review and save
              </Button>
            )}
          </Group>
        </Group>
      )}
      <Wizard
        step={step}
        go={go}
        states={statesOf(spec, checked.identities, checked.mistakes, new Set(stepIDs))}
        missing={checked.missing(step)}
        mistakes={checked.mistakes}
        end={
          <Button disabled={!ready || overtaken} loading={save.isPending} onClick={() => save.mutate()}>
            Save
          </Button>
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
              title={name}
              held={held}
            />
          }
        />
        {step === 'review' && <ProblemAlert error={checked.failure} />}
        <Stale error={save.error} reload={startOver} />
        {!overtaken && <ProblemAlert error={save.error} title="The change was not saved" />}
      </Wizard>
    </Stack>
  );
}

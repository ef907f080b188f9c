import { Button, Divider, Group, Stack } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useCallback, useState } from 'react';

import { client, etag, take } from '../../../api/client';
import { connectionSpec } from '../../../api/modelQueries';
import { connectionQuery } from '../../../api/queries';
import type { Connection } from '../../../api/schema.gen';
import { ProblemAlert } from '../../../components/ProblemAlert';
import { isStale, Stale } from '../../../components/Stale';
import { tell } from '../../../components/tell';
import { editID } from '../../connect/drafts';
import { same, type Spec } from '../../connect/spec';
import { StepBody } from '../../connect/StepBody';
import type { StepID } from '../../connect/steps';
import { Todo } from '../../connect/Todo';
import { useChecked } from '../../connect/useChecked';
import { useDraft } from '../../connect/useDraft';
import { Changes } from './Changes';

interface Props {
  person: string;
  object: Connection;
  card: StepID;
  go: (card: StepID | undefined) => void;
  /** startOver throws the draft away, and reads the connection again. */
  startOver: () => void;
}

/**
 * CardEditor changes what one card is about. The draft is of the whole connection: what was begun in
 * one card is there in the next, and is saved together.
 */
export function CardEditor({ person, object, card, go, startOver }: Props) {
  // Somebody else's change must not slip under this one: the version stays that of the beginning.
  const [{ name, version, spec: stored }] = useState(() => ({ ...object, spec: object.spec as Spec }));
  const queries = useQueryClient();
  const { draft, change, remove } = useDraft(person, editID(name, version), stored);
  const { spec } = draft;
  const dirty = !same(spec, stored);
  const checked = useChecked(name, spec, true);
  const edit = useCallback((next: Spec) => change({ spec: next }), [change]);
  const save = useMutation({
    mutationFn: () =>
      take(
        client.PUT('/api/v1/connections/{name}', {
          params: { path: { name }, header: { 'If-Match': etag(version) } },
          body: { spec: connectionSpec(spec) },
        }),
      ),
    onSuccess: async (saved) => {
      remove();
      queries.setQueryData(connectionQuery(name).queryKey, saved);
      await queries.invalidateQueries({ queryKey: ['connections'] });
      tell(`${name} is saved. Its next run does as it says now.`);
      go(undefined);
    },
  });
  const overtaken = isStale(save.error);
  const ready = dirty && checked.open.length === 0 && checked.mistakes.length === 0;
  const leave = () => {
    startOver();
    go(undefined);
  };
  const props = { name, spec, change: edit, mistakes: checked.mistakes, go, stored };
  return (
    <Stack gap="lg">
      <StepBody {...props} step={card} review={null} />
      {dirty && (
        <>
          <Divider />
          <Todo gaps={checked.open} mistakes={checked.mistakes} go={go} />
          <Changes
            name={name}
            stored={stored}
            spec={spec}
            warnings={checked.warnings}
            ready={ready && checked.judged}
          />
        </>
      )}
      <ProblemAlert error={checked.failure} />
      <Stale error={save.error} reload={startOver} />
      {!overtaken && <ProblemAlert error={save.error} title="The change was not saved" />}
      <Group justify="flex-end" gap="xs">
        <Button variant="default" onClick={leave}>
          {dirty ? 'Discard the changes' : 'Close'}
        </Button>
        <Button disabled={!ready || overtaken} loading={save.isPending} onClick={() => save.mutate()}>
          Save
        </Button>
      </Group>
    </Stack>
  );
}

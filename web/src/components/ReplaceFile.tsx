import { Alert, Button, Card, Divider, Group, List, Stack, Text } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';

import { compareFile, replaceFile } from '../api/files';
import type { FileDifference, FileEffect, TableDifference } from '../api/schema.gen';
import { FileDrop } from './FileDrop';
import { count, plural } from './numbers';
import type { Stored } from './objects';
import { ProblemAlert, sentence } from './ProblemAlert';
import { isStale, Stale } from './Stale';
import { fileEndings, LeftSheets, tooLarge } from './UploadSource';
import { visible } from './visible';

interface Props {
  source: Stored;
  saved: () => void;
  cancel: (() => void) | undefined;
}

/** ReplaceFile puts another file in the place of a source's, once it was seen what that changes. */
export function ReplaceFile({ source, saved, cancel }: Props) {
  const queries = useQueryClient();
  const [large, setLarge] = useState('');
  const again = () => queries.invalidateQueries({ queryKey: ['sources'] });
  const compare = useMutation({ mutationFn: (file: File) => compareFile(source.name, file) });
  const replace = useMutation({
    mutationFn: (file: File) => replaceFile(source, file),
    onSuccess: async () => {
      await again();
      saved();
    },
  });
  const file = compare.variables;
  return (
    <Stack>
      <Text size="sm">
        Choose the new file. You see what it changes first; until you replace it, the one that is there stays.
      </Text>
      <FileDrop
        accept={fileEndings}
        button={compare.data ? 'Choose another file' : 'Choose the new file'}
        busy={compare.isPending || replace.isPending}
        take={(chosen) => {
          const mistake = tooLarge(chosen);
          setLarge(mistake);
          replace.reset();
          if (mistake) compare.reset();
          else compare.mutate(chosen);
        }}
      />
      <div aria-live="polite">
        {large && (
          <Text size="sm" c="red">
            {large}
          </Text>
        )}
        {compare.isPending && file && (
          <Text size="sm" className="wrapped">
            {visible(file.name)} is sent, read and compared …
          </Text>
        )}
        <ProblemAlert error={compare.error} />
        {compare.data && <Difference of={compare.data} />}
        <Stale
          error={replace.error}
          reload={() => {
            replace.reset();
            void again().then(cancel);
          }}
        />
        <ProblemAlert error={isStale(replace.error) ? null : replace.error} />
      </div>
      <Divider />
      <Group justify="flex-end">
        {cancel && (
          <Button variant="default" onClick={cancel}>
            Cancel
          </Button>
        )}
        <Button
          disabled={!compare.data || compare.data.lost.length > 0}
          loading={replace.isPending}
          onClick={() => file && replace.mutate(file)}
        >
          Replace the file
        </Button>
      </Group>
    </Stack>
  );
}

/** Difference shows what a file would change. */
function Difference({ of }: { of: FileDifference }) {
  return (
    <Stack>
      {of.lost.length > 0 && (
        <Alert color="red" title="The file lacks what is used, and is not taken">
          <List size="sm">
            {of.lost.map((what) => (
              <List.Item key={what}>{sentence(visible(what))}</List.Item>
            ))}
          </List>
        </Alert>
      )}
      <List size="sm" aria-label="Tables">
        {of.tables.map((t) => (
          <List.Item key={t.name}>
            <b>{visible(t.name)}</b>: {tableText(t)}
          </List.Item>
        ))}
      </List>
      <LeftSheets left={of.left} />
      {of.connections.map((c) => (
        <Effect key={c.connection} of={c} />
      ))}
    </Stack>
  );
}

/** tableText says in a line how a table changes. */
export function tableText(t: TableDifference): string {
  if (t.after === undefined) return `is gone, with ${plural(t.before ?? 0, 'row')}`;
  if (t.before === undefined) return `is new, with ${plural(t.after, 'row')}`;
  const columns = [
    t.added.length > 0 && `new columns: ${t.added.map(visible).join(', ')}`,
    t.removed.length > 0 && `columns that are gone: ${t.removed.map(visible).join(', ')}`,
  ];
  return [`${count(t.before)} → ${plural(t.after, 'row')}`, ...columns.filter(Boolean)].join('; ');
}

/** Effect says what the next run of a connection would do. */
function Effect({ of }: { of: FileEffect }) {
  const plan = of.plan;
  return (
    <Card component="section" aria-label={`Connection ${of.connection}`} withBorder>
      <Text fw={600} className="wrapped">
        {of.connection}
      </Text>
      {!plan && (
        <Text size="sm">
          {sentence(of.detail ?? '')} {of.mend}
        </Text>
      )}
      {plan && (
        <Text size="sm">
          Its next run would add {count(plan.counts.insert)}, change {count(plan.counts.update)} and remove{' '}
          {plural(plan.counts.delete, 'record')}; {count(plan.counts.unchanged)} stay as they are.
        </Text>
      )}
      {plan && plan.removal.identities > 0 && (
        <Text size="sm">
          {plural(plan.removal.identities, 'identity leaves', 'identities leave')} of{' '}
          {count(plan.removal.held_identities)}.
        </Text>
      )}
      {plan?.guard && (
        <Alert color="orange" mt="xs" title="The run would wait for approval">
          {sentence(plan.guard)}
        </Alert>
      )}
    </Card>
  );
}

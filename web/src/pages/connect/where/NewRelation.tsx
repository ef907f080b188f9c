import { Autocomplete, Button, Group, Modal, Select, Stack, Text, TextInput } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';

import { columnsQuery, tablesQuery } from '../../../api/modelQueries';
import { replaceObject } from '../../../api/objects';
import { sourceQuery, sourcesQuery } from '../../../api/queries';
import type { Column, Source } from '../../../api/schema.gen';
import { ProblemAlert } from '../../../components/ProblemAlert';
import { visible } from '../../../components/visible';
import { guessed } from './guess';

interface Props {
  source: Source;
  table: string;
  columns: Column[];
  /** theirs is the other table; empty where it is not chosen yet. */
  theirs: string;
  close: () => void;
  /** made is told the name of the relation, which the source has by then. */
  made: (name: string) => void;
}

/** NewRelation says once, for all connections of a source, whose rows those of another table are. */
export function NewRelation({ source, table, columns, theirs: chosenBefore, close, made }: Props) {
  const queries = useQueryClient();
  const tables = useQuery(tablesQuery(source.name));
  const [written, setWritten] = useState(chosenBefore);
  const [theirs] = useDebouncedValue(written.trim(), 300);
  const [chosen, setChosen] = useState<{ key?: string; ofKey?: string; name?: string }>({});
  const found = useQuery(columnsQuery(source.name, { table: theirs }, theirs !== ''));
  const guess = guessed(
    table,
    columns.map((c) => c.name),
    theirs,
    found.data?.columns.map((c) => c.name) ?? [],
  );
  const relation = { ...guess, ...chosen };
  const before = (source.spec as Record<string, unknown>).relations as Record<string, unknown> | undefined;
  const save = useMutation({
    mutationFn: () =>
      replaceObject('source', source, {
        ...source.spec,
        relations: {
          ...before,
          [relation.name]: {
            table: theirs,
            key: relation.key,
            of: table,
            ...(relation.ofKey === relation.key ? {} : { of_key: relation.ofKey }),
          },
        },
      }),
    onSuccess: async () => {
      await Promise.all([
        queries.invalidateQueries({ queryKey: sourceQuery(source.name).queryKey }),
        queries.invalidateQueries({ queryKey: sourcesQuery.queryKey }),
      ]);
      made(relation.name);
    },
  });
  const taken = before && relation.name in before;
  const names = (list: Column[]) => list.map((c) => ({ value: c.name, label: visible(c.name) }));
  return (
    <Modal opened onClose={close} title="The rows of another table" size="lg">
      <Stack>
        <Text size="sm">
          Say once which rows of another table belong to a row of {visible(table)}. All connections of{' '}
          {source.name} can use it.
        </Text>
        <Autocomplete
          label="Table"
          placeholder="Choose a table, or write the name of a file"
          data={(tables.data ?? []).map((t) => t.name).filter((name) => name !== table)}
          value={written}
          onChange={(name) => {
            setWritten(name);
            setChosen({});
          }}
          error={found.error?.message}
        />
        <Select
          label="Its column that says to whom a row belongs"
          data={names(found.data?.columns ?? [])}
          disabled={!found.data}
          searchable
          allowDeselect={false}
          value={relation.key || null}
          onChange={(key) => key && setChosen({ ...chosen, key })}
        />
        <Select
          label={`The column of ${visible(table)} that it is the same as`}
          data={names(columns)}
          searchable
          allowDeselect={false}
          value={relation.ofKey || null}
          onChange={(ofKey) => ofKey && setChosen({ ...chosen, ofKey })}
        />
        <TextInput
          label="Name"
          value={relation.name}
          maxLength={100}
          onChange={(e) => setChosen({ ...chosen, name: e.currentTarget.value })}
          error={taken ? 'The source has a relation of this name' : undefined}
        />
        {save.error && <ProblemAlert error={save.error} title="The relation could not be kept" />}
        <Group justify="flex-end">
          <Button variant="default" onClick={close}>
            Cancel
          </Button>
          <Button
            loading={save.isPending}
            disabled={!theirs || !relation.key || !relation.ofKey || !relation.name.trim() || taken}
            onClick={() => save.mutate()}
          >
            Use it
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}

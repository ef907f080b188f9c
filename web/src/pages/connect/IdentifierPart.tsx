import { Alert, Select, Stack, Text } from '@mantine/core';

import type { Column } from '../../api/schema.gen';
import { likely, personal } from './fits';
import { IdentifierCheck } from './IdentifierCheck';
import { at } from './mistakes';
import { set, text } from './spec';
import type { StepProps } from './stepProps';
import { bodyOf, useSuggestions } from './useModel';

/** IdentifierPart chooses the column that names a record, and checks that it does. */
export function IdentifierPart({
  spec,
  change,
  mistakes,
  stored,
  columns,
}: StepProps & { columns: Column[] }) {
  const { data: suggestions } = useSuggestions(spec);
  const chosen = text(spec, 'identifier');
  const sorted = likely(columns, suggestions);
  const column = columns.find((c) => c.name === chosen);
  const gone = chosen !== '' && !column;
  return (
    <Stack>
      <Select
        label="Identifier"
        description="The primary key of the model: a value in every row, and a different one in each. It should stay the same when anything else about the customer changes."
        placeholder="Choose a column"
        withAsterisk
        searchable
        data={sorted.map((c) => ({ value: c.name, label: c.name }))}
        renderOption={({ option }) => {
          const c = sorted.find((one) => one.name === option.value);
          return (
            <Stack gap={0}>
              <Text size="sm">{option.label}</Text>
              <Text size="xs" c="dimmed">
                {[c?.type.toLowerCase(), c?.samples.slice(0, 2).join(', ')].filter(Boolean).join(' · ')}
              </Text>
            </Stack>
          );
        }}
        value={column ? chosen : null}
        onChange={(name) => change(set(spec, 'identifier', name ?? undefined))}
        error={
          gone ? `The model has no column ${chosen} any more. Choose another.` : at(mistakes, 'identifier')
        }
      />
      {column && personal(suggestions, column.name) && (
        <Alert color="orange" title="This looks like personal data">
          Values of the identifier are stored and written into logs as they are. Choose a key that says
          nothing about a person. When somebody's {column.name} changes, Eddy also takes them for somebody
          else.
        </Alert>
      )}
      {column && <IdentifierCheck source={text(spec, 'source')} model={bodyOf(spec)} column={chosen} />}
      {stored && text(stored, 'identifier') !== chosen && (
        <Alert title="Rows get other names">
          The next run compares all of them anew. People who are in the model before and after stay in the
          audience all the time.
        </Alert>
      )}
    </Stack>
  );
}

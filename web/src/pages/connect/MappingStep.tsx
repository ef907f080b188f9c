import { Divider, Skeleton, Stack, Text } from '@mantine/core';
import { useEffect, useRef } from 'react';

import type { Suggestions } from '../../api/schema.gen';
import { ProblemAlert } from '../../components/ProblemAlert';
import { FieldsPart } from './FieldsPart';
import { firstMapping } from './fits';
import { IdentifierPart } from './IdentifierPart';
import { modelOf, type Spec } from './spec';
import type { StepProps } from './stepProps';
import { useColumns, useFields, useSuggestions } from './useModel';

/** MappingStep says which column names a record, and what fills the fields that X recognises people by. */
export function MappingStep(props: StepProps) {
  const { spec, change } = props;
  const columns = useColumns(spec);
  const { data: suggestions } = useSuggestions(spec);
  useFirstMapping(spec, change, suggestions);
  if (!modelOf(spec).text.trim()) return <Text>Choose the people first.</Text>;
  if (columns.error)
    return (
      <ProblemAlert
        error={columns.error}
        title="The model could not be read"
        retry={() => void columns.refetch()}
      />
    );
  if (!columns.data)
    return (
      <Stack aria-busy="true" aria-label="Reading the columns">
        <Skeleton h={60} />
        <Skeleton h={120} />
        <Skeleton h={120} />
      </Stack>
    );
  return (
    <Stack gap="lg">
      <IdentifierPart {...props} columns={columns.data.columns} />
      <Divider />
      <FieldsPart {...props} columns={columns.data.columns} />
    </Stack>
  );
}

/** useFirstMapping fills what nobody touched with what the columns look like. What somebody took out stays out. */
function useFirstMapping(spec: Spec, change: (spec: Spec) => void, found: Suggestions | undefined) {
  const fields = useFields(spec);
  const latest = useRef({ spec, change });
  useEffect(() => {
    latest.current = { spec, change };
  });
  const untouched = spec.mapping === undefined || spec.identifier === undefined;
  useEffect(() => {
    if (!untouched || !found || fields.length === 0) return;
    const next = firstMapping(latest.current.spec, fields, found);
    if (next !== latest.current.spec) latest.current.change(next);
  }, [untouched, fields, found]);
}

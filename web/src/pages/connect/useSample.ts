import { useDebouncedValue } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { useMemo, useState } from 'react';

import { payloadQuery } from '../../api/modelQueries';
import { problemOf } from '../../api/client';
import type { Field, PayloadRow } from '../../api/schema.gen';
import { set, text, withAudience, type Spec } from './spec';
import { missing } from './steps';

/** Sample is a row of the model on its way to X. */
export interface Sample {
  rows: PayloadRow[];
  row: PayloadRow | undefined;
  index: number;
  choose: (index: number) => void;
  loading: boolean;
  error: unknown;
  /** body is the request that X would get for all rows of the sample. */
  body: unknown;
}

/** useSample prepares a few rows as a run would, once the mapping is complete. */
export function useSample(name: string, spec: Spec, fields: readonly Field[]): Sample {
  const [chosen, setChosen] = useState<number | null>(null);
  const identities = fields.filter((f) => f.identity).map((f) => f.name);
  const only = useMemo(() => sampled(spec), [spec]);
  const [settled] = useDebouncedValue(only, 400);
  const complete = (['source', 'people', 'mapping', 'audience'] as const).every(
    (step) => missing(settled, step, identities) === '',
  );
  const { data, error, isFetching } = useQuery(payloadQuery(name, settled, complete));
  const rows = complete ? (data?.rows ?? []) : [];
  // Mistakes in the spec show at their steps.
  const elsewhere = error !== null && problemOf(error).mistakes.some((m) => m.pointer?.startsWith('/spec'));
  const index = Math.min(chosen ?? fullest(rows), rows.length - 1);
  return {
    rows,
    row: rows[index],
    index,
    choose: setChosen,
    loading: complete && isFetching,
    error: complete && !elsewhere ? error : null,
    body: data?.body,
  };
}

/**
 * sampled is what of a spec says what is sent for a row: what comes after the mapping has no say in
 * it, and may be missing, or half-way through a change.
 */
function sampled(spec: Spec): Spec {
  const only = set(set(spec, 'schedule', undefined), 'settings', undefined);
  const nowhere = text(only, 'destination') !== '' && missing(only, 'audience', []) !== '';
  return nowhere ? withAudience(only, { kind: 'new', name: 'sample', description: '' }) : only;
}

/** fullest is the row that shows most: the first one may have no value in a field. */
function fullest(rows: readonly PayloadRow[]): number {
  const filled = rows.map((row) => row.fields.filter((f) => f.value !== null).length);
  return Math.max(0, filled.indexOf(Math.max(...filled)));
}

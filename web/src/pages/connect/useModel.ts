import { useDebouncedValue } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';

import { columnsQuery, suggestionsQuery, type ModelBody } from '../../api/modelQueries';
import { destinationQuery, kindsQuery } from '../../api/queries';
import type { Field } from '../../api/schema.gen';
import type { Condition } from './where/conditions';
import { mappingOf, modelOf, text, type Spec } from './spec';

/** bodyOf is the model of a spec, as the API wants it. */
export function bodyOf(spec: Spec): ModelBody {
  const model = modelOf(spec);
  if (model.kind === 'sql') return { sql: model.text };
  return 'where' in spec ? { table: model.text, where: spec.where as Condition } : { table: model.text };
}

/** useColumns reads the columns of the model that a spec names. */
export function useColumns(spec: Spec) {
  const source = text(spec, 'source');
  return useQuery(columnsQuery(source, bodyOf(spec), source !== '' && modelOf(spec).text.trim() !== ''));
}

/**
 * useSuggestions tells which columns of the model look like which fields, and which of the mapped
 * ones do not. It waits for the columns: a warehouse is not asked everything at once.
 */
export function useSuggestions(spec: Spec) {
  const columns = useColumns(spec).data?.columns;
  const [settled] = useDebouncedValue(spec, 400);
  // A column that is gone is told at its field; here it would only be an error.
  const mapped = mappingOf(settled).filter(
    (f) => f.kind === 'column' && columns?.some((c) => c.name === f.text),
  );
  return useQuery(
    suggestionsQuery(
      text(spec, 'source'),
      bodyOf(spec),
      text(spec, 'destination'),
      Object.fromEntries(mapped.map((f) => [f.field, f.text])),
      columns !== undefined,
    ),
  );
}

const none: Field[] = [];

/** useFields gives what a mapping to the destination of a spec can fill. */
export function useFields(spec: Spec): Field[] {
  const destination = text(spec, 'destination');
  const { data: kinds } = useQuery(kindsQuery);
  const { data: stored } = useQuery({ ...destinationQuery(destination), enabled: destination !== '' });
  const type = stored ? text(stored.spec as Spec, 'type') : '';
  const kind = kinds?.destinations.find((k) => k.type === type) ?? kinds?.destinations[0];
  return kind?.fields ?? none;
}

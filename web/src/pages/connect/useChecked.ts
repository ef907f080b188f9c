import { useDebouncedValue } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';

import { Problem } from '../../api/client';
import { checkQuery } from '../../api/modelQueries';
import { mistakesOf, type Mistake } from './mistakes';
import type { Spec } from './spec';
import { incomplete, missing, type StepID } from './steps';
import { useFields } from './useModel';

const none: Mistake[] = [];

/** useChecked judges a spec: what is left to do, and what the server says about the rest. */
export function useChecked(name: string, spec: Spec, enabled: boolean) {
  const fields = useFields(spec);
  const identities = useMemo(() => fields.filter((f) => f.identity).map((f) => f.name), [fields]);
  const open = useMemo(() => incomplete(spec, identities), [spec, identities]);
  const [settled] = useDebouncedValue(spec, 400);
  const { data, error, isPlaceholderData } = useQuery(
    checkQuery(name, settled, enabled && incomplete(settled, identities).length === 0),
  );
  // What is not complete is known to be wrong; the server is asked about the rest.
  const said = useMemo<Mistake[]>(() => (error instanceof Problem ? mistakesOf(error) : []), [error]);
  return {
    identities,
    /** open is what is still missing, step by step. */
    open,
    missing: (step: StepID) => missing(spec, step, identities),
    /** mistakes are those of a complete spec: until then one knows what is missing. */
    mistakes: open.length === 0 ? said : none,
    /** judged says that the server has answered for the spec as it is now. */
    judged: settled === spec && !isPlaceholderData && data !== undefined && !error,
    warnings: error ? [] : (data?.warnings ?? []),
    /** failure is trouble that is no mistake in the spec. */
    failure: error && said.length === 0 ? error : null,
  };
}

import { useDebouncedValue } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';

import { Problem } from '../../api/client';
import { checkQuery } from '../../api/modelQueries';
import { mistakesOf, type Mistake } from './mistakes';
import type { Spec } from './spec';
import { incomplete, missing, type StepID } from './steps';
import { useFields } from './useModel';

/** useChecked judges a spec: what is left to do, and what the server says about the rest. */
export function useChecked(name: string, spec: Spec, enabled: boolean) {
  const fields = useFields(spec);
  const identities = useMemo(() => fields.filter((f) => f.identity).map((f) => f.name), [fields]);
  const open = useMemo(() => incomplete(spec, identities), [spec, identities]);
  const [settled] = useDebouncedValue(spec, 400);
  const { data, error } = useQuery(checkQuery(name, settled, enabled && Object.keys(settled).length > 0));
  const said = useMemo<Mistake[]>(() => (error instanceof Problem ? mistakesOf(error) : []), [error]);
  return {
    identities,
    /** open are the steps that still need something. */
    open,
    missing: (step: StepID) => missing(spec, step, identities),
    /** mistakes are in steps that are complete: of the others one knows that they are not. */
    mistakes: useMemo(
      () => said.filter((m) => (m.step === 'review' ? open.length === 0 : !open.includes(m.step))),
      [said, open],
    ),
    warnings: error ? [] : (data?.warnings ?? []),
    /** failure is trouble that is no mistake in the spec. */
    failure: error && said.length === 0 ? error : null,
  };
}

import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';

import { Problem } from '../api/client';

/** useReachable says whether the server answered whatever was asked last, by any part of the page. */
export function useReachable(): boolean {
  const queries = useQueryClient();
  const [reachable, setReachable] = useState(true);
  useEffect(
    () =>
      queries.getQueryCache().subscribe((event) => {
        if (event.type !== 'updated') return;
        const { action } = event;
        if (action.type === 'success') setReachable(true);
        // A try that failed tells at once; the error comes only after the last one.
        if ((action.type === 'failed' || action.type === 'error') && action.error instanceof Problem)
          setReachable(action.error.status !== 0);
      }),
    [queries],
  );
  return reachable;
}

import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';

import { runQuery } from '../../api/queries';
import type { Run } from '../../api/schema.gen';
import { active } from './progress';

/** pollEvery is how often a run is asked after where its stream does not come through. */
const pollEvery = 2_000;

/** useLiveRun is a run that stays up to date until it ends. */
export function useLiveRun(id: string) {
  const queries = useQueryClient();
  const [streaming, setStreaming] = useState(false);
  const query = useQuery({
    ...runQuery(id),
    refetchInterval: (q) => (q.state.data && active(q.state.data.status) && !streaming ? pollEvery : false),
    // It is asked again anyway: that it does not answer is to be told at once.
    retry: false,
  });
  const running = query.data ? active(query.data.status) : false;

  useEffect(() => {
    if (!running) return;
    const source = new EventSource(`/api/v1/runs/${encodeURIComponent(id)}/events`);
    source.addEventListener('open', () => setStreaming(true));
    // The browser connects again by itself; until then the run is asked after.
    source.addEventListener('error', () => setStreaming(false));
    source.addEventListener('run', (event: MessageEvent<string>) => {
      const run = JSON.parse(event.data) as Run;
      queries.setQueryData(runQuery(id).queryKey, run);
      if (active(run.status)) return;
      // The server ends the stream with the run; a browser would take that for a fault.
      source.close();
      void queries.invalidateQueries({ queryKey: ['health'] });
      void queries.invalidateQueries({ queryKey: ['runs', 'list'] });
      void queries.invalidateQueries({ queryKey: ['connections', run.connection] });
      void queries.invalidateQueries({ queryKey: ['runs', id, 'records'] });
    });
    return () => {
      source.close();
      setStreaming(false);
    };
  }, [id, running, queries]);

  return query;
}

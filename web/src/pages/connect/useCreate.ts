import { notifications } from '@mantine/notifications';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';

import { client, problemOf, take } from '../../api/client';
import { connectionSpec } from '../../api/modelQueries';
import { startRun } from '../../api/watch';
import type { Spec } from './spec';

/** Then is what follows when the connection was made. */
export type Then = 'rest' | 'run';

interface Order {
  name: string;
  spec: Spec;
  then: Then;
}

/** useCreate makes a connection, starts its first run if that is wanted, and goes there. */
export function useCreate(done: () => void) {
  const queries = useQueryClient();
  const navigate = useNavigate();
  const create = useMutation({
    mutationFn: async ({ name, spec, then }: Order) => {
      await take(client.POST('/api/v1/connections', { body: { name, spec: connectionSpec(spec) } }));
      // From here on there is a connection: what fails later must not look as if there were none.
      done();
      void queries.invalidateQueries({ queryKey: ['connections'] });
      void queries.invalidateQueries({ queryKey: ['health'] });
      const run = then === 'run' ? await start(name) : '';
      if (run) await navigate({ to: '/runs/$id', params: { id: run } });
      else await navigate({ to: '/connections/$name', params: { name } });
    },
  });
  return { ...create, exists: create.error !== null && problemOf(create.error).code === 'exists' };
}

/** start starts the first run and gives its id; empty, and told, where it could not. */
async function start(name: string): Promise<string> {
  try {
    return (await startRun(name)).run_id;
  } catch (error) {
    const problem = problemOf(error);
    notifications.show({
      color: 'red',
      title: 'The connection is made, and its run did not start',
      message: [problem.message, problem.mend].filter(Boolean).join('. '),
      autoClose: false,
    });
    return problem.runID;
  }
}

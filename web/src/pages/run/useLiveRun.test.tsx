import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { act, renderHook, waitFor } from '@testing-library/react';
import type { ReactNode } from 'react';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import type { Run } from '../../api/schema.gen';
import { useLiveRun } from './useLiveRun';

const key = ['runs', 'r1'];
let asked = 0;

vi.mock('../../api/queries', () => ({
  runQuery: () => ({
    queryKey: key,
    queryFn: () => {
      asked++;
      return Promise.resolve(run('running', 7));
    },
  }),
}));

class Stream extends EventTarget {
  static all: Stream[] = [];
  closed = false;
  constructor(readonly url: string) {
    super();
    Stream.all.push(this);
  }
  close() {
    this.closed = true;
  }
  tell(run: Partial<Run>) {
    act(() => {
      this.dispatchEvent(new MessageEvent('run', { data: JSON.stringify(run) }));
    });
  }
}

const run = (status: Run['status'], done = 0) =>
  ({ run_id: 'r1', connection: 'vip', status, progress: { step: 'add', done } }) as Run;

function show(first: Run) {
  const queries = new QueryClient({ defaultOptions: { queries: { staleTime: Infinity } } });
  queries.setQueryData(key, first);
  const wrapper = ({ children }: { children: ReactNode }) => (
    <QueryClientProvider client={queries}>{children}</QueryClientProvider>
  );
  return { queries, ...renderHook(() => useLiveRun('r1'), { wrapper }) };
}

beforeEach(() => {
  Stream.all = [];
  asked = 0;
  vi.stubGlobal('EventSource', Stream);
  vi.useFakeTimers({ shouldAdvanceTime: true });
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

test('events change the run, and its end closes the stream', async () => {
  const { result, queries } = show(run('running'));
  const stream = Stream.all[0];
  expect(stream?.url).toBe('/api/v1/runs/r1/events');
  stream?.tell(run('running', 40));
  await waitFor(() => expect(result.current.data?.progress?.done).toBe(40));
  const told = vi.spyOn(queries, 'invalidateQueries');
  stream?.tell(run('succeeded', 100));
  await waitFor(() => expect(result.current.data?.status).toBe('succeeded'));
  expect(stream?.closed).toBe(true);
  expect(told).toHaveBeenCalledWith({ queryKey: ['health'] });
  expect(Stream.all).toHaveLength(1);
});

test('where the stream does not come through, the run is asked after', async () => {
  const { result } = show(run('running'));
  const stream = Stream.all[0];
  act(() => void stream?.dispatchEvent(new Event('open')));
  await vi.advanceTimersByTimeAsync(10_000);
  expect(asked).toBe(0);
  act(() => void stream?.dispatchEvent(new Event('error')));
  await vi.advanceTimersByTimeAsync(10_000);
  expect(asked).toBeGreaterThan(1);
  await waitFor(() => expect(result.current.data?.progress?.done).toBe(7));
});

test('a run that ended is not watched', () => {
  show(run('failed'));
  expect(Stream.all).toHaveLength(0);
});

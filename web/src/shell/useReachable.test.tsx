import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { act, renderHook, waitFor } from '@testing-library/react';
import type { ReactNode } from 'react';
import { expect, test } from 'vitest';

import { Problem } from '../api/client';
import { useReachable } from './useReachable';

function show() {
  const queries = new QueryClient({ defaultOptions: { queries: { retry: false, networkMode: 'always' } } });
  const wrapper = ({ children }: { children: ReactNode }) => (
    <QueryClientProvider client={queries}>{children}</QueryClientProvider>
  );
  const answered = (answer: () => Promise<string>) =>
    act(() => queries.fetchQuery({ queryKey: ['x'], queryFn: answer, staleTime: 0 }).catch(() => 'failed'));
  return { answered, ...renderHook(() => useReachable(), { wrapper }) };
}

const no = (status: number) => () => Promise.reject(new Problem({}, status));

test('a server that does not answer is not reachable until it does', async () => {
  const { answered, result } = show();
  expect(result.current).toBe(true);
  await answered(no(0));
  await waitFor(() => expect(result.current).toBe(false));
  await answered(() => Promise.resolve('here'));
  await waitFor(() => expect(result.current).toBe(true));
});

test('a server that refuses is reachable', async () => {
  const { answered, result } = show();
  await answered(no(0));
  await waitFor(() => expect(result.current).toBe(false));
  await answered(no(403));
  await waitFor(() => expect(result.current).toBe(true));
});

test('what is not an answer at all says nothing', async () => {
  const { answered, result } = show();
  await answered(() => Promise.reject(new Error('a mistake of the page')));
  expect(result.current).toBe(true);
});

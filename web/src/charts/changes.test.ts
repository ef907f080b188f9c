import { expect, test } from 'vitest';

import type { Run } from '../api/schema.gen';
import { changesLabel, changesOf } from './changes';

const run = (
  status: Run['status'],
  counts: Partial<Run['counts']>,
  finished_at: string | null = '2026-01-01T00:00:00Z',
) =>
  ({
    status,
    finished_at,
    requested_at: '2026-01-01T00:00:00Z',
    counts: { insert: 0, update: 0, delete: 0, requests: 0, ...counts },
  }) as Run;

test('what comes is above the line, what goes below, oldest first', () => {
  const changes = changesOf([
    run('succeeded', { delete: 4, requests: 1 }),
    run('completed_with_errors', { insert: 3, update: 2, requests: 1 }),
  ]);
  expect(changes.map(({ added, changed, removed }) => [added, changed, removed])).toEqual([
    [3, 2, 0],
    [0, 0, -4],
  ]);
  expect(Object.is(changes[0]?.removed, 0)).toBe(true);
  expect(changesLabel(changes)).toBe(
    'Records that the last 2 runs added, changed and removed. The newest: 0 added, 0 changed, 4 removed.',
  );
  expect(changesLabel([])).toBe('');
});

test('runs that did nothing to the audience are not drawn as if they had', () => {
  expect(
    changesOf([
      run('needs_approval', { delete: 80 }),
      run('failed', { insert: 5 }),
      run('running', { insert: 5, requests: 1 }, null),
    ]),
  ).toEqual([]);
  expect(changesOf([run('cancelled', { insert: 5, requests: 1 }), run('succeeded', {})])).toHaveLength(2);
});

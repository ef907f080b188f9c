import { describe, expect, it } from 'vitest';

import type { ConnectionVersion, Run } from '../../api/schema.gen';
import { listOf, lossLabel, madeSince, newerThan } from './held';

const run = (run_id: string, status: Run['status']) => ({ run_id, status }) as Run;

describe('a held run', () => {
  it('is old once another run of its connection was asked for', () => {
    const held = run('b', 'needs_approval');
    const older = run('a', 'succeeded');
    expect(newerThan(held, [held, older])).toBeUndefined();
    expect(newerThan(held, [run('c', 'skipped'), held, older])).toBeUndefined();
    expect(newerThan(held, [run('d', 'queued'), run('c', 'skipped'), held])?.run_id).toBe('d');
    expect(newerThan(held, [])).toBeUndefined();
  });
  it('does not know of what was changed after its start', () => {
    const version = (n: number, at: string, first = false) =>
      ({ version: n, at, first, changes: [] }) as unknown as ConnectionVersion;
    const versions = [
      version(3, '2026-11-29T10:00:02Z'),
      version(2, '2026-11-29T10:00:00.5Z'),
      version(1, '2026-11-29T09:00:00Z', true),
    ];
    const since = (started_at: string | null) =>
      madeSince({ started_at, requested_at: '2026-11-29T10:00:00Z' }, versions).map((v) => v.version);
    expect(since('2026-11-29T10:00:01Z')).toEqual([3]);
    expect(since(null)).toEqual([3, 2]);
    expect(since('2026-11-29T08:00:00Z')).toEqual([3, 2]);
  });
  it('has a list to be searched and downloaded', () => {
    expect(lossLabel('would lose identities')).toBe('Would lose identities');
    expect(lossLabel('another')).toBe('another');
    expect(listOf('r 1', '', '')).toBe('/api/v1/runs/r%201/records.csv?status=held');
    expect(listOf('r', 'a&b', 'would lose identities')).toBe(
      '/api/v1/runs/r/records.csv?status=held&q=a%26b&reason=would+lose+identities',
    );
  });
});

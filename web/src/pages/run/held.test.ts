import { describe, expect, it } from 'vitest';

import type { ConnectionVersion, PartRun, Run } from '../../api/schema.gen';
import { emptied, heldOf, heldTitle, listOf, lossLabel, madeSince, newerThan, waitingParts } from './held';

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

describe('a held run of several audiences', () => {
  const removal = (people: number, of: number) => ({
    identities: 2 * people,
    held_identities: 2 * of,
    people,
    held_people: of,
    empties: people === of,
  });
  const part = (value: string, status: Run['status'], some?: PartRun['removal']) =>
    ({ value, audience: `VIP ${value}`, audience_id: value, status, removal: some }) as PartRun;
  const errors: Run['errors'] = [
    { reason: 'VIP DE: too many', count: 3, sample_ids: [], removal: removal(3, 10) },
    { reason: 'VIP FR: empty', count: 4, sample_ids: [], removal: removal(4, 4) },
  ];
  const held = {
    errors,
    parts: [
      part('DE', 'needs_approval', removal(3, 10)),
      part('FR', 'needs_approval', removal(4, 4)),
      part('IT', 'needs_approval'),
      part('NL', 'succeeded'),
    ],
  };

  it('would remove what all of them would', () => {
    expect(heldOf(held)).toEqual({
      identities: 14,
      held_identities: 28,
      people: 7,
      held_people: 14,
      empties: true,
    });
    expect(waitingParts(held).map((p) => p.value)).toEqual(['DE', 'FR', 'IT']);
    expect(emptied(held).map((p) => p.value)).toEqual(['FR']);
    expect(heldTitle(held)).toBe(
      'This run would remove 14 of 28 identities and 7 of 14 people of 2 audiences',
    );
  });
  it('may wait for something else', () => {
    const others = { errors: [], parts: [part('IT', 'needs_approval'), part('NL', 'succeeded')] };
    expect(heldOf(others)).toBeUndefined();
    expect(heldTitle(others)).toBe('1 audience waits for a person');
  });
  it('is told as before where there is one', () => {
    const one: Pick<Run, 'errors' | 'parts'> = { errors: errors.slice(0, 1) };
    expect(heldOf(one)?.people).toBe(3);
    expect(waitingParts(one)).toEqual([]);
    expect(heldTitle(one)).toBe('This run would remove 6 of 20 identities and 3 of 10 people');
    expect(heldTitle({ errors: [] })).toBe('This run waits for a person');
  });
});

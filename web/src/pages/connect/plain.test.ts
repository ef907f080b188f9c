import { describe, expect, it } from 'vitest';

import { cadence, changedLines, interval, meanings, review } from './plain';
import { scheduleOf, type Spec } from './spec';

const vip: Spec = {
  source: 'shop',
  table: 'main.customers',
  destination: 'x',
  audience: { create: { name: 'VIP' } },
  identifier: 'id',
  mapping: { email: 'mail', expires_at: { constant: '2027-12-31' } },
};

describe('cadence', () => {
  const said = (schedule: unknown) => cadence(scheduleOf({ schedule }));
  it('says when in words', () => {
    expect(said(undefined)).toBe('Only when somebody starts it.');
    expect(said({ type: 'basic', every: '6h' })).toBe('Every 6 hours, counted from 00:00 UTC.');
    expect(said({ type: 'basic', every: '1d', start_at: '02:00', timezone: 'Europe/Berlin' })).toBe(
      'Every day, counted from 02:00 Europe/Berlin.',
    );
    expect(said({ type: 'cron', expression: '0 2 * * *' })).toBe('At the times of 0 2 * * *, in UTC.');
  });
  it('writes intervals out, and leaves what is none', () => {
    expect(interval('1h30m')).toBe('1 hour 30 minutes');
    expect(interval('soon')).toBe('soon');
  });
});

describe('review', () => {
  const line = (spec: Spec, what: string) => review(spec).find((l) => l.what === what)?.text;
  it('says what will happen', () => {
    expect(line(vip, 'People')).toBe('Every row of main.customers.');
    expect(line(vip, 'Audience')).toContain('“VIP”');
    expect(line(vip, 'Sync mode')).toContain('removed');
    expect(line({ ...vip, sync_mode: 'upsert' }, 'Sync mode')).toContain('never removed');
    expect(line(vip, 'Mapping')).toBe('email from mail, expires_at is always 2027-12-31.');
    expect(line(vip, 'Settings')).toContain('more than 50 %');
    expect(line(vip, 'Settings')).not.toContain('refused while');
    expect(line({ ...vip, settings: { max_shared: 100 } }, 'Settings')).toContain('more than 100 rows');
    expect(line({ ...vip, settings: { max_bytes: 5e9 } }, 'Settings')).toContain('more than 5.0 GB');
  });
});

describe('what differs', () => {
  const of = (change: Spec) =>
    changedLines(vip, { ...vip, ...change }).map((c) => [c.what, c.before?.text, c.after?.text]);
  it('is told side by side', () => {
    expect(of({})).toEqual([]);
    expect(of({ identifier: 'key' })).toEqual([
      ['Identifier', 'Rows are told apart by id.', 'Rows are told apart by key.'],
    ]);
    expect(of({ schedule: { type: 'cron', expression: '@daily' } })[0]).toEqual([
      'Schedule',
      'Only when somebody starts it.',
      'At the times of @daily, in UTC.',
    ]);
  });
  it('is the conditions where these differ, also when they are as many', () => {
    const where = (value: number) => ({ all: [{ column: 'total', above: value }] });
    const [changed] = changedLines({ ...vip, where: where(1) }, { ...vip, where: where(2) });
    expect([changed?.what, changed?.before?.code, changed?.after?.code]).toEqual([
      'People',
      expect.stringContaining('1') as string,
      expect.stringContaining('2') as string,
    ]);
  });
});

describe('what a change means', () => {
  const of = (change: Spec) => meanings(vip, { ...vip, ...change });
  it('is nothing where nothing changed', () => {
    expect(of({})).toEqual([]);
    expect(of({ audience: { create: { description: 'other words', name: 'vip ' } } })).toEqual([]);
  });
  it('is told for each change', () => {
    expect(of({ identifier: 'key' })).toEqual([
      { serious: false, people: true, text: expect.stringContaining('stay') as string },
    ]);
    expect(of({ mapping: { email: 'other' } })[0]?.serious).toBe(true);
    expect(of({ sync_mode: 'upsert' })[0]?.text).toContain('nobody is removed');
    expect(of({ audience: { id: '1' } })[0]?.text).toContain('waits for approval');
    expect(of({ table: 'other', sync_mode: 'upsert' }).map((m) => m.text)[0]).toContain('stay');
    const [times] = of({ schedule: { type: 'basic', every: '6h' } });
    expect([times?.text, times?.people]).toEqual([expect.stringContaining('Every 6 hours'), false]);
    const where = { all: [{ column: 'vip', is: true }] };
    expect(of({ where })[0]?.text).toContain('removes who does not');
    expect(of({ where, sync_mode: 'upsert' })[0]?.text).toContain('who does not stays');
    expect(of({ where, table: 'other' })).toHaveLength(1);
  });
  it('is not another audience where it is the one that was made', () => {
    const picked = { ...vip, audience: { id: '1NMTH' } };
    expect(meanings(vip, picked, '1nmth')).toEqual([]);
    expect(meanings(vip, { ...picked, destination: 'y' }, '1nmth')).toHaveLength(1);
    expect(meanings(vip, picked, '2')).toHaveLength(1);
  });
  it('removes nobody in an upsert', () => {
    const before = { ...vip, sync_mode: 'upsert' };
    const said = meanings(before, { ...before, mapping: { email: 'other' } })[0]?.text;
    expect(said).toContain('stays');
    expect(said).not.toContain('removes');
  });
  it('warns of a guard that is loosened, not of one that is tightened', () => {
    expect(of({ settings: { guard: { max_removed_percent: 80 } } })).toHaveLength(1);
    expect(of({ settings: { guard: { max_removed_percent: 20 } } })).toEqual([]);
    expect(of({ settings: { guard: { allow_empty: true } } })).toHaveLength(1);
  });
});

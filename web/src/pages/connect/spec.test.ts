import { describe, expect, it } from 'vitest';

import {
  audienceOf,
  defaults,
  mappingOf,
  modelOf,
  mostAudiences,
  queryOf,
  same,
  scheduleOf,
  settingOf,
  splitOf,
  withAudience,
  withMapping,
  withModel,
  withModelOf,
  withSchedule,
  withSetting,
  withSplit,
  type SettingName,
  type Spec,
} from './spec';

const specs: Record<string, Spec> = {
  'a small one': {
    source: 'shop',
    table: 'main.customers',
    destination: 'x',
    audience: { create: { name: 'VIP' } },
    identifier: 'id',
    mapping: { email: 'email' },
  },
  'one with everything, and keys of a later version': {
    source: 'shop',
    sql: 'select 1',
    destination: 'x',
    audience: { id: '1nmth', note: 'from a later version' },
    sync_mode: 'upsert',
    identifier: 'id',
    mapping: {
      email: { column: 'mail' },
      phone_number: 'phone',
      expires_at: { constant: '2027-12-31T00:00:00Z' },
      twitter_id: { column: 'x', transform: 'later' },
    },
    schedule: { type: 'basic', every: '6h', start_at: '02:00', timezone: 'Europe/Berlin', jitter: '1m' },
    settings: { snapshots_to_retain: 0, guard: { max_removed_percent: 20, later: 1 }, later: true },
    labels: { team: 'crm' },
  },
  'one with a cron expression and empty texts': {
    source: 's',
    table: '',
    destination: '',
    audience: { create: { name: '', description: '' } },
    identifier: '',
    mapping: { email: '' },
    schedule: { type: 'cron', expression: '0 */6 * * *' },
  },
  'one that is written by hand': { schedule: { type: 'manual', timezone: 'UTC' }, audience: { create: {} } },
};

describe('a spec that goes through the form', () => {
  for (const [what, spec] of Object.entries(specs)) {
    it(`comes out as it went in: ${what}`, () => {
      let out = withMapping(spec, mappingOf(spec));
      out = withSchedule(out, scheduleOf(out));
      if ('table' in spec || 'sql' in spec) out = withModel(out, modelOf(out));
      if (what !== 'one that is written by hand') out = withAudience(out, audienceOf(out));
      for (const name of Object.keys(defaults) as SettingName[])
        if (settingOf(spec, name) !== defaults[name]) out = withSetting(out, name, settingOf(out, name));
      if (!('mapping' in spec)) {
        expect(out.mapping).toEqual({});
        out = Object.fromEntries(Object.entries(out).filter(([key]) => key !== 'mapping'));
      }
      expect(out).toEqual(spec);
    });
  }
});

describe('a schedule that waits for other work', () => {
  it('is read as a file has it, and stays as it was written', () => {
    const file: Spec = { schedule: { after: 'vip' } };
    expect(scheduleOf(file)).toMatchObject({ type: 'after', after: ['vip'] });
    expect(scheduleOf({ schedule: { webhook: 'dbt' } })).toMatchObject({ type: 'webhook', webhook: 'dbt' });
    expect(scheduleOf({ schedule: { type: 'after', after: [7, 'vip'] } }).after).toEqual(['vip']);
    for (const schedule of [
      { type: 'after', after: 'vip' },
      { type: 'after', after: ['vip', 'lapsed'] },
      { type: 'webhook', webhook: 'dbt' },
    ])
      expect(withSchedule({ schedule }, scheduleOf({ schedule }))).toEqual({ schedule });
  });

  it('drops what belongs to another type', () => {
    const spec: Spec = { schedule: { type: 'basic', every: '6h', start_at: '02:00' } };
    const after = withSchedule(spec, { ...scheduleOf(spec), type: 'after', after: ['vip'] });
    expect(after.schedule).toEqual({ type: 'after', after: 'vip' });
    const hooked = withSchedule(after, { ...scheduleOf(after), type: 'webhook', webhook: 'dbt' });
    expect(hooked.schedule).toEqual({ type: 'webhook', webhook: 'dbt' });
    expect(withSchedule(hooked, { ...scheduleOf(hooked), type: 'manual' }).schedule).toEqual({
      type: 'manual',
    });
  });
});

describe('what is changed', () => {
  const full = specs['one with everything, and keys of a later version'] as Spec;

  it('keeps keys that nobody knows', () => {
    expect(withAudience(full, { kind: 'existing', id: '2' }).audience).toEqual({
      id: '2',
      note: 'from a later version',
    });
    expect(withSchedule(full, { ...scheduleOf(full), every: '12h' }).schedule).toEqual({
      type: 'basic',
      every: '12h',
      start_at: '02:00',
      timezone: 'Europe/Berlin',
      jitter: '1m',
    });
    expect(withSetting(full, 'guard.allow_empty', true).settings).toEqual({
      snapshots_to_retain: 0,
      guard: { max_removed_percent: 20, later: 1, allow_empty: true },
      later: true,
    });
  });

  it('replaces a table by a query, and an audience by a new one', () => {
    expect(withModel(specs['a small one'] as Spec, { kind: 'sql', text: 'select 2' })).toEqual({
      source: 'shop',
      sql: 'select 2',
      destination: 'x',
      audience: { create: { name: 'VIP' } },
      identifier: 'id',
      mapping: { email: 'email' },
    });
    expect(withAudience(full, { kind: 'new', name: 'New', description: '' }).audience).toEqual({
      create: { name: 'New' },
      note: 'from a later version',
    });
  });

  it('drops the keys of the type that a schedule had before', () => {
    const cron = withSchedule(full, { ...scheduleOf(full), type: 'cron', expression: '0 2 * * *' });
    expect(cron.schedule).toEqual({
      type: 'cron',
      expression: '0 2 * * *',
      timezone: 'Europe/Berlin',
      jitter: '1m',
    });
  });

  it('writes a mapping anew only where it changed', () => {
    const rows = mappingOf(full).map((f) => (f.field === 'email' ? { ...f, text: 'mail2' } : f));
    expect(withMapping(full, rows).mapping).toEqual({
      ...(full.mapping as Spec),
      email: 'mail2',
    });
    expect(withMapping({}, [{ field: 'email', kind: 'constant', text: 'a' }]).mapping).toEqual({
      email: { constant: 'a' },
    });
  });

  it('takes a setting out again with all that became empty', () => {
    const set = withSetting({ source: 's' }, 'guard.max_removed_percent', 10);
    expect(set).toEqual({ source: 's', settings: { guard: { max_removed_percent: 10 } } });
    expect(settingOf(set, 'guard.max_removed_percent')).toBe(10);
    expect(withSetting(set, 'guard.max_removed_percent', undefined)).toEqual({ source: 's' });
  });
});

describe('a model', () => {
  it('is taken over with its conditions', () => {
    const table = { table: 't', where: { all: [1] }, identifier: 'id' };
    expect(withModelOf({ sql: 'SELECT 1', identifier: 'key' }, table)).toEqual({
      table: 't',
      where: { all: [1] },
      identifier: 'key',
    });
  });
  it('as a query begins with what it was, a file in quotes', () => {
    expect(queryOf('main.people')).toBe('SELECT *\nFROM main.people\n');
    expect(queryOf("/data/o'hara.csv")).toBe("SELECT *\nFROM '/data/o''hara.csv'\n");
    expect(queryOf('people.parquet')).toBe("SELECT *\nFROM 'people.parquet'\n");
    expect(queryOf('')).toBe('');
  });
});

describe('same', () => {
  it('looks past the order of keys, and at everything else', () => {
    expect(same({ a: 1, b: { c: [1, 2], d: 3 } }, { b: { d: 3, c: [1, 2] }, a: 1 })).toBe(true);
    expect(same({ a: [1, 2] }, { a: [2, 1] })).toBe(false);
    expect(same({ a: 1 }, { a: 1, b: undefined })).toBe(true);
    expect(same({ a: 1 }, { a: '1' })).toBe(false);
  });
});

describe('an audience for each value of a column', () => {
  const spec: Spec = { audience: { create: { name: 'VIP' } } };

  it('has the value in its name, and loses it again', () => {
    const open = withSplit(spec, '');
    expect(splitOf(open)).toBe('');
    const split = withSplit(open, 'country');
    expect(split).toEqual({ audience: { create: { name: 'VIP {country}' } }, split_by: 'country' });
    const other = withSplit({ ...split, max_audiences: 9 }, 'tier');
    expect(other).toEqual({
      audience: { create: { name: 'VIP {tier}' } },
      split_by: 'tier',
      max_audiences: 9,
    });
    expect(mostAudiences(other)).toBe(9);
    expect(withSplit(other, undefined)).toEqual(spec);
  });
});

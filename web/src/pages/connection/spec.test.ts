import { expect, test } from 'vitest';

import type { ConnectionSpec } from '../../api/schema.gen';
import { audienceName, mapped, scheduleWords, settingsWords } from './spec';

test.each<[ConnectionSpec['schedule'], string]>([
  [undefined, 'Only when somebody or something starts it'],
  [{ after: ['vip', 'all'] }, 'When work ended well: after vip, all'],
  [{ type: 'webhook', webhook: 'dbt' }, 'When work ended well: webhook dbt'],
  [{ type: 'manual' }, 'Only when somebody or something starts it'],
  [{ type: 'basic', every: '6h', start_at: '02:00' }, 'Every 6 hours, counted from 02:00 UTC'],
  [{ type: 'basic', every: '1h30m' }, 'Every 1 hour 30 minutes, counted from 00:00 UTC'],
  [{ type: 'cron', expression: '0 3 * * *', timezone: 'Europe/Berlin' }, 'Cron 0 3 * * * in Europe/Berlin'],
])('scheduleWords %#', (schedule, words) => {
  expect(scheduleWords({ schedule })).toBe(words);
});

test('settings that are left out have their defaults', () => {
  const by = Object.fromEntries(settingsWords({}).map((s) => [s.label, s.value]));
  expect(by).toMatchObject({
    'Sync mode': 'Mirror',
    Guard: '50 % at most',
    'Refused records': 'Tried in 5 runs',
    'Sync log': 'Kept for 30 days',
  });
});

test('settings that are given count, also where they are false or zero', () => {
  const by = Object.fromEntries(
    settingsWords({
      sync_mode: 'mirror',
      settings: { retain_sync_logs: false, guard: { max_removed_percent: 0 }, retry_failed_records: false },
    }).map((s) => [s.label, s.value]),
  );
  expect(by).toMatchObject({
    Guard: '0 % at most',
    'Refused records': 'Tried once',
    'Sync log': 'Not written',
  });
});

test('mapping and audience', () => {
  expect(
    mapped({ mapping: { email: 'mail', expires_at: { constant: '2027' }, handle: { column: 'h' } } }),
  ).toEqual([
    { field: 'email', column: 'mail', constant: null },
    { field: 'expires_at', column: null, constant: '2027' },
    { field: 'handle', column: 'h', constant: null },
  ]);
  expect(audienceName({ audience: { id: '1nmth' } })).toBe('1nmth');
  expect(audienceName({ audience: { create: { name: 'VIP' } } })).toBe('VIP');
});

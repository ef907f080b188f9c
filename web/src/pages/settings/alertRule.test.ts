import { describe, expect, it } from 'vitest';

import type { Alert } from '../../api/schema.gen';
import { mask } from '../../components/options';
import { formOf, quietText, ruleMistakes, ruleOf, target, type RuleForm } from './alertRule';

const email: Alert = {
  id: 'al_1',
  version: 3,
  name: 'Failures',
  connection: 'vip',
  events: ['run_failed'],
  channel: {
    type: 'email',
    host: 'smtp.example.com',
    port: 2525,
    tls: 'tls',
    username: 'eddy',
    from: 'e@x.com',
    to: ['a@x.com'],
  },
  secrets: { password: mask },
  threshold: {
    failed_records: 10,
    stale_hours: 12,
    size_percent: 15,
    rows_down_percent: 10,
    rejected_points: 2.5,
    late_minutes: 45,
  },
  quiet: { from: '22:00', to: '06:30', timezone: 'Europe/Berlin', days: ['fri', 'sat'] },
  disabled: true,
};

describe('ruleOf', () => {
  it('gives back what a rule was made of, with the secret masked', () => {
    const { id, version, ...rule } = email;
    expect(id + version).toBe('al_13');
    expect(ruleOf(formOf(email))).toEqual(rule);
  });

  it('sends the fields of its channel only', () => {
    const f: RuleForm = {
      ...formOf(email),
      type: 'slack',
      url: ' https://hooks.example.com/x ',
      secret: 's',
    };
    const rule = ruleOf(f);
    expect(rule.channel).toEqual({ type: 'slack' });
    expect(rule.secrets).toEqual({ url: 'https://hooks.example.com/x' });
  });

  it('keeps the address of a webhook secret, and signs', () => {
    const f: RuleForm = { ...formOf(), type: 'webhook', url: 'https://example.com/hook?key=1', secret: 's' };
    expect(ruleOf(f).channel).toEqual({ type: 'webhook' });
    expect(ruleOf(f).secrets).toEqual({ url: 'https://example.com/hook?key=1', secret: 's' });
  });

  it('gives PagerDuty its key and nothing else', () => {
    const f: RuleForm = {
      ...formOf(email),
      type: 'pagerduty',
      url: 'https://example.com',
      region: 'eu',
      routing_key: ' R0R0R0R0R0R0R0R0R0R0R0R0R0R0R0R0 ',
    };
    expect(ruleOf(f).channel).toEqual({ type: 'pagerduty', region: 'eu' });
    expect(ruleOf(f).secrets).toEqual({ routing_key: 'R0R0R0R0R0R0R0R0R0R0R0R0R0R0R0R0' });
    expect(ruleMistakes.routing_key(f.routing_key, f)).toBeNull();
    expect(ruleMistakes.routing_key(mask, f)).toBeNull();
    expect(ruleMistakes.routing_key('R0', f)).not.toBeNull();
    expect(ruleMistakes.routing_key('', formOf())).toBeNull();
    expect(ruleMistakes.url('', f)).toBeNull();
  });

  it('has no quiet hours unless they are wanted', () => {
    expect(ruleOf(formOf())).not.toHaveProperty('quiet');
    const f: RuleForm = { ...formOf(email), quiet: false };
    expect(ruleOf(f)).not.toHaveProperty('quiet');
    expect(ruleOf({ ...formOf(), quiet: true, quiet_zone: 'UTC' }).quiet).toEqual({
      from: '22:00',
      to: '07:00',
      timezone: 'UTC',
    });
    expect(ruleMistakes.quiet_from('', { ...f, quiet: true })).not.toBeNull();
    expect(ruleMistakes.quiet_from('', f)).toBeNull();
  });

  it('leaves empty limits to the server', () => {
    expect(ruleOf(formOf()).threshold).toEqual({});
  });
});

it('finds what a form lacks, for its channel', () => {
  const f = formOf();
  expect(ruleMistakes.url('', f)).not.toBeNull();
  expect(ruleMistakes.url('example.com', f)).not.toBeNull();
  expect(ruleMistakes.url(mask, f)).toBeNull();
  expect(ruleMistakes.host('', f)).toBeNull();
  const mail: RuleForm = { ...f, type: 'email' };
  expect(ruleMistakes.url('', mail)).toBeNull();
  expect(ruleMistakes.host('', mail)).not.toBeNull();
  expect(ruleMistakes.to([], mail)).not.toBeNull();
  expect(ruleMistakes.port('58x7', mail)).not.toBeNull();
  expect(ruleMistakes.port('587', mail)).toBeNull();
  expect(ruleMistakes.port('58x7', f)).toBeNull();
  expect(ruleMistakes.events([])).not.toBeNull();
});

it('says when a rule is quiet', () => {
  expect(quietText(email)).toBe('Quiet 22:00 to 06:30 from Fri, Sat, Europe/Berlin');
  expect(quietText({ ...email, quiet: { from: '22:00', to: '07:00' } })).toBe('Quiet 22:00 to 07:00, UTC');
  expect(quietText({ ...email, quiet: undefined })).toBe('');
});

it('says where messages go', () => {
  expect(target(email)).toBe('E-mail to a@x.com');
  expect(target({ ...email, channel: { type: 'slack' } })).toBe('Slack');
  expect(target({ ...email, channel: { type: 'pagerduty' } })).toBe('PagerDuty');
  expect(target({ ...email, host: 'x.com', channel: { type: 'teams' } })).toBe('Microsoft Teams at x.com');
  expect(target({ ...email, host: 'x.com', channel: { type: 'webhook' } })).toBe('Webhook at x.com');
});

import type { Alert, AlertRule } from '../../api/schema.gen';
import { mask, numberMistake } from '../../components/options';
import { here } from '../../components/times';

export type ChannelType = 'webhook' | 'slack' | 'teams' | 'pagerduty' | 'email';

/** channelTypes are where messages can go. */
export const channelTypes: { value: ChannelType; label: string }[] = [
  { value: 'slack', label: 'Slack' },
  { value: 'teams', label: 'Microsoft Teams' },
  { value: 'email', label: 'E-mail' },
  { value: 'pagerduty', label: 'PagerDuty' },
  { value: 'webhook', label: 'Webhook' },
];

/** events are what somebody can hear of. */
export const events: { value: string; label: string; text: string }[] = [
  { value: 'run_failed', label: 'A run failed', text: 'it ended before it was through' },
  { value: 'records_failed', label: 'Records were left out', text: 'more than the limits below allow' },
  { value: 'approval_needed', label: 'A run waits for approval', text: 'because the guard stopped it' },
  { value: 'stale', label: 'Nothing succeeded for too long', text: 'the audience is no longer fresh' },
  {
    value: 'audience_small',
    label: 'The audience is too small',
    text: 'X matched fewer people than ads need',
  },
  {
    value: 'credentials_refused',
    label: 'X refused the credentials',
    text: 'they were revoked or have changed',
  },
  {
    value: 'size_moved',
    label: 'The size of the audience jumped',
    text: 'it grew or shrank far from its usual, the median of 14 runs',
  },
  { value: 'rows_down', label: 'The model lost rows', text: 'it has far fewer than usual' },
  {
    value: 'rejected_up',
    label: 'More was refused than usual',
    text: 'a larger share of the rows was invalid or rejected',
  },
  { value: 'run_late', label: 'A scheduled run is late', text: 'it did not begin, or end, in time' },
  {
    value: 'opt_out_late',
    label: 'Opt-outs wait for too long',
    text: 'whoever is on a suppression list may be in the audience still',
  },
];

/** eventLabel is the text of an event. */
export function eventLabel(event: string): string {
  return events.find((e) => e.value === event)?.label ?? event;
}

/** RuleForm is a rule as its form has it. Numbers are empty where the server's own limit is meant. */
export interface RuleForm {
  name: string;
  /** connection is empty for all. */
  connection: string;
  events: string[];
  type: ChannelType;
  url: string;
  secret: string;
  routing_key: string;
  /** region is where an account of PagerDuty lives. */
  region: string;
  host: string;
  /** port is as it was typed. */
  port: string;
  tls: string;
  username: string;
  password: string;
  from: string;
  to: string[];
  failed_records: number | '';
  failed_percent: number | '';
  stale_hours: number | '';
  min_audience: number | '';
  size_percent: number | '';
  rows_down_percent: number | '';
  rejected_points: number | '';
  late_minutes: number | '';
  opt_out_hours: number | '';
  /** quiet says that there are quiet hours. */
  quiet: boolean;
  quiet_from: string;
  quiet_to: string;
  quiet_zone: string;
  quiet_days: string[];
  enabled: boolean;
}

/** formOf is the form of a rule, or of a new one. */
export function formOf(rule?: Alert, connection = ''): RuleForm {
  const c = rule?.channel ?? {};
  const text = (v: unknown) => (typeof v === 'string' ? v : '');
  const number = (v: unknown) => (typeof v === 'number' && v !== 0 ? v : '');
  const t = rule?.threshold ?? {};
  return {
    name: rule?.name ?? '',
    connection: rule?.connection ?? connection,
    events: rule?.events ?? ['run_failed', 'approval_needed', 'stale', 'credentials_refused'],
    type: (text(c.type) || 'slack') as ChannelType,
    url: rule?.secrets?.url ?? '',
    secret: rule?.secrets?.secret ?? '',
    routing_key: rule?.secrets?.routing_key ?? '',
    region: text(c.region) || 'us',
    host: text(c.host),
    port: String(number(c.port)),
    tls: text(c.tls) || 'starttls',
    username: text(c.username),
    password: rule?.secrets?.password ?? '',
    from: text(c.from),
    to: Array.isArray(c.to) ? c.to.map(String) : [],
    failed_records: number(t.failed_records),
    failed_percent: number(t.failed_percent),
    stale_hours: number(t.stale_hours),
    min_audience: number(t.min_audience),
    size_percent: number(t.size_percent),
    rows_down_percent: number(t.rows_down_percent),
    rejected_points: number(t.rejected_points),
    late_minutes: number(t.late_minutes),
    opt_out_hours: number(t.opt_out_hours),
    quiet: rule?.quiet?.from !== undefined,
    quiet_from: rule?.quiet?.from ?? '22:00',
    quiet_to: rule?.quiet?.to ?? '07:00',
    quiet_zone: rule?.quiet?.from === undefined ? here() : (rule.quiet.timezone ?? 'UTC'),
    quiet_days: rule?.quiet?.days ?? [],
    enabled: !rule?.disabled,
  };
}

/** ruleOf is what the server is sent. Fields of the other channels are left out. */
export function ruleOf(f: RuleForm): AlertRule {
  const channel: AlertRule['channel'] = { type: f.type };
  const secrets: Record<string, string> = {};
  if (f.type === 'email') {
    Object.assign(channel, { host: f.host.trim(), tls: f.tls, from: f.from.trim(), to: f.to });
    if (f.port.trim() !== '') channel.port = Number(f.port);
    if (f.username.trim()) {
      channel.username = f.username.trim();
      if (f.password) secrets.password = f.password;
    }
  } else if (f.type === 'pagerduty') {
    channel.region = f.region;
    if (f.routing_key.trim()) secrets.routing_key = f.routing_key.trim();
  } else {
    // Whoever knows the address may post there.
    if (f.url.trim()) secrets.url = f.url.trim();
    if (f.type === 'webhook' && f.secret) secrets.secret = f.secret;
  }
  return {
    name: f.name.trim(),
    ...(f.connection && { connection: f.connection }),
    events: f.events,
    channel,
    secrets,
    threshold: {
      ...(f.failed_records !== '' && { failed_records: f.failed_records }),
      ...(f.failed_percent !== '' && { failed_percent: f.failed_percent }),
      ...(f.stale_hours !== '' && { stale_hours: f.stale_hours }),
      ...(f.min_audience !== '' && { min_audience: f.min_audience }),
      ...(f.size_percent !== '' && { size_percent: f.size_percent }),
      ...(f.rows_down_percent !== '' && { rows_down_percent: f.rows_down_percent }),
      ...(f.rejected_points !== '' && { rejected_points: f.rejected_points }),
      ...(f.late_minutes !== '' && { late_minutes: f.late_minutes }),
      ...(f.opt_out_hours !== '' && { opt_out_hours: f.opt_out_hours }),
    },
    ...(f.quiet && {
      quiet: {
        from: f.quiet_from,
        to: f.quiet_to,
        timezone: f.quiet_zone,
        ...(f.quiet_days.length > 0 && { days: f.quiet_days }),
      },
    }),
    disabled: !f.enabled,
  };
}

/** ruleMistakes are what a form lacks. The server has the last word. */
export const ruleMistakes = {
  name: (v: string) => (v.trim() ? null : 'Give the rule a name'),
  events: (v: string[]) => (v.length ? null : 'Choose at least one'),
  url: (v: string, f: RuleForm) =>
    f.type === 'email' || f.type === 'pagerduty' || v === mask || /^https?:\/\/./.test(v.trim())
      ? null
      : 'Enter the address with its https://',
  routing_key: (v: string, f: RuleForm) =>
    f.type !== 'pagerduty' || v === mask || /^[0-9A-Za-z]{32}$/.test(v.trim())
      ? null
      : 'Enter the integration key: 32 letters and digits',
  host: (v: string, f: RuleForm) => (f.type !== 'email' || v.trim() ? null : 'Enter the mail server'),
  port: (v: string, f: RuleForm) => (f.type === 'email' && numberMistake({ kind: 'port' }, v)) || null,
  from: (v: string, f: RuleForm) => (f.type !== 'email' || /@/.test(v) ? null : 'Enter an e-mail address'),
  quiet_from: (v: string, f: RuleForm) => (f.quiet && !v ? 'Enter the time that they begin' : null),
  quiet_to: (v: string, f: RuleForm) => (f.quiet && !v ? 'Enter the time that they end' : null),
  to: (v: string[], f: RuleForm) => (f.type !== 'email' || v.length ? null : 'Enter at least one address'),
};

/** quietText says when a rule is quiet, in a few words; empty where it never is. */
export function quietText(rule: Alert): string {
  const q = rule.quiet;
  if (!q?.from) return '';
  const on = q.days?.length ? ` from ${q.days.map((d) => d[0]?.toUpperCase() + d.slice(1)).join(', ')}` : '';
  return `Quiet ${q.from} to ${q.to}${on}, ${q.timezone ?? 'UTC'}`;
}

/** target says where a rule's messages go: of an address, which is a secret, the host. */
export function target(rule: Alert): string {
  const c = rule.channel;
  if (c.type === 'email') return `E-mail to ${Array.isArray(c.to) ? c.to.join(', ') : ''}`;
  const label = channelTypes.find((t) => t.value === c.type)?.label ?? 'Webhook';
  return rule.host ? `${label} at ${rule.host}` : label;
}

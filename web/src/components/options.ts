import { problemOf } from '../api/client';
import type { Option, SourceKind } from '../api/schema.gen';

/** mask is what a secret reads as; sent back, the secret stays as it is. */
export const mask = '********';

/** OptionValues are options by name, as a spec has them. What is not there has its default. */
export type OptionValues = Readonly<Record<string, unknown>>;

const words: Record<string, string> = {
  api: 'API',
  arn: 'ARN',
  ca: 'CA',
  cert: 'certificate',
  csv: 'CSV',
  http: 'HTTP',
  iam: 'IAM',
  id: 'ID',
  jwt: 'JWT',
  sql: 'SQL',
  ssh: 'SSH',
  ssl: 'TLS',
  sslcert: 'TLS certificate',
  sslkey: 'TLS key',
  sslmode: 'TLS mode',
  sslrootcert: 'TLS CA',
  tls: 'TLS',
  url: 'URL',
};

/** labelOf writes the name of an option for people: "account_id" is "Account ID". */
export function labelOf(name: string): string {
  const text = name
    .split(/[._]/)
    .map((word) => words[word] ?? word)
    .join(' ');
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** typeLabel writes the type of a source or destination for people. */
export function typeLabel(type: string): string {
  const labels: Record<string, string> = {
    bigquery: 'BigQuery',
    clickhouse: 'ClickHouse',
    databricks: 'Databricks',
    duckdb: 'DuckDB and files',
    mysql: 'MySQL',
    postgres: 'PostgreSQL',
    redshift: 'Redshift',
    snowflake: 'Snowflake',
    trino: 'Trino',
    upload: 'Uploaded file',
    x_audience: 'X Ads account',
  };
  return labels[type] ?? labelOf(type);
}

/** sourceOptions are all that a source of a kind takes: its own, and those that every warehouse has. */
export function sourceOptions(kind: SourceKind): Option[] {
  if (kind.local_only) return kind.options;
  return [
    ...kind.options,
    {
      name: 'state',
      kind: 'text',
      required: false,
      secret: false,
      part: 'plain',
      default: 'warehouse',
      choices: ['warehouse', 'local'],
      help: 'Where Eddy remembers what it sent: in tables of its own in this warehouse, or on the server. Take local for a role that may only read.',
    },
    {
      name: 'schema',
      kind: 'text',
      required: false,
      secret: false,
      part: 'plain',
      default: '_eddy',
      help: "The schema of Eddy's own tables, where the state lies in the warehouse.",
    },
  ];
}

/**
 * formOptions are the options that a form shows. What says several at once, as a URL does, is for
 * a new object: of one that is stored, its parts are changed. What goes with certain choices alone,
 * as a token does with one way to log in, is shown with those.
 */
export function formOptions(
  options: Option[],
  values: OptionValues,
  stored: OptionValues | undefined,
): Option[] {
  return options.filter(
    (o) => (o.part !== 'whole' || !stored || stored[o.name] !== undefined) && goes(options, values, o),
  );
}

/** goes says whether an option goes with what is chosen. */
function goes(options: Option[], values: OptionValues, o: Option): boolean {
  if (!o.with) return true;
  const { option, values: wanted } = o.with;
  const chosen = textOption(optionIn(values, option)) || options.find((one) => one.name === option)?.default;
  return wanted.includes(chosen ?? '');
}

/** chosen sets an option, and takes out those that do not go with it. */
export function chosen(options: Option[], values: OptionValues, name: string, value: unknown): OptionValues {
  const next = withOption(values, name, value);
  return options
    .filter((o) => o.with?.option === name && !goes(options, next, o))
    .reduce((left, o) => withOption(left, o.name, undefined), next);
}

/** optionIn is the value of an option; "csv.quote" is the option quote of the group csv. */
export function optionIn(values: OptionValues, name: string): unknown {
  const [group, key] = name.split('.', 2);
  return key === undefined ? values[name] : groupOf(values, group ?? '')[key];
}

function groupOf(values: OptionValues, group: string): OptionValues {
  const found = values[group];
  return typeof found === 'object' && found !== null && !Array.isArray(found) ? (found as OptionValues) : {};
}

/** withOption sets an option; undefined takes it out, so that its default holds. */
export function withOption(values: OptionValues, name: string, value: unknown): OptionValues {
  const [group, member] = name.split('.', 2);
  if (group !== undefined && member !== undefined) {
    const inner = withOption(groupOf(values, group), member, value);
    return withOption(values, group, Object.keys(inner).length > 0 ? inner : undefined);
  }
  const rest = Object.entries(values).filter(([key]) => value !== undefined || key !== name);
  return { ...Object.fromEntries(rest), ...(value === undefined ? {} : { [name]: value }) };
}

/** textOption is the value of an option as a text. */
export function textOption(value: unknown): string {
  if (typeof value === 'string') return value;
  return value === undefined || value === null ? '' : String(value);
}

/** listOption is the value of an option that is a list, which a file may write with commas. */
export function listOption(value: unknown): string[] {
  if (Array.isArray(value)) return value.map(String);
  const text = textOption(value);
  return text === ''
    ? []
    : text
        .split(',')
        .map((part) => part.trim())
        .filter(Boolean);
}

/** boolOption is the value of an option that is on or off. */
export function boolOption(value: unknown, otherwise: string | undefined): boolean {
  const text = textOption(value ?? otherwise).toLowerCase();
  return text === 'true';
}

/** missingOptions are the errors of required options that have no value. */
export function missingOptions(options: Option[], values: OptionValues): Record<string, string> {
  const errors: Record<string, string> = {};
  for (const o of options)
    if (o.required && textOption(optionIn(values, o.name)).trim() === '') errors[o.name] = 'Fill this in.';
  return errors;
}

const lastPort = 65_535;

/** numberMistake says what is wrong with the value of an option that is a number; nothing where it has none. */
export function numberMistake(o: Pick<Option, 'kind'>, value: unknown): string | undefined {
  const text = textOption(value).trim();
  if ((o.kind !== 'number' && o.kind !== 'port') || text === '') return undefined;
  const whole = /^\d+$/.test(text);
  if (o.kind === 'port')
    return whole && Number(text) >= 1 && Number(text) <= lastPort
      ? undefined
      : `A port is a number from 1 to ${lastPort}.`;
  return whole ? undefined : 'Write a whole number of at least 0.';
}

/** wrongOptions are the errors of options whose values cannot be right, by their name. */
export function wrongOptions(options: Option[], values: OptionValues): Record<string, string> {
  const errors: Record<string, string> = {};
  for (const o of options) {
    const mistake = numberMistake(o, optionIn(values, o.name));
    if (mistake) errors[o.name] = mistake;
  }
  return errors;
}

/**
 * optionErrors are the mistakes that the server found in options, by their name. Those about
 * something else are not among them: a ProblemAlert tells them.
 */
export function optionErrors(error: unknown): Record<string, string> {
  const errors: Record<string, string> = {};
  if (!error) return errors;
  for (const m of problemOf(error).mistakes) {
    const [, first, member] = /^\/spec\/([^/]+)(?:\/([^/\d][^/]*))?/.exec(m.pointer ?? '') ?? [];
    const name = member ? `${first}.${member}` : first;
    if (name) errors[name] ??= m.mend ? `${m.detail}; ${m.mend}` : m.detail;
  }
  return errors;
}

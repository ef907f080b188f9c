import type { Column, Field } from '../../api/schema.gen';
import type { Filling } from './spec';

/** names are how columns of a field are usually called; the first that matches is the best. */
const names: Record<string, RegExp[]> = {
  email: [/^e_?mail(_?address)?$/, /e_?mail|^mail$/],
  phone_number: [/^(mobile_|cell_)?phone(_?number|_?no)?$/, /phone|mobile|msisdn|^tel|cell/],
  device_id: [
    /^(device_?id|idfa|gaid|aaid|adid|android_id|maid)$/,
    /idfa|gaid|aaid|adid|advertising_?id|device/,
  ],
  twitter_id: [/^(twitter|x)_?(user_?)?id$/],
  partner_user_id: [/^partner_?user_?id$/, /partner/],
  handle: [/^(twitter|x)?_?handle$/, /^(twitter|x)(_?(user_?)?name)?$|screen_?name|handle/],
  effective_at: [/^effective(_at|_from)?$/, /effective|valid_from|member_from/],
  expires_at: [/^expires?(_at|_on)?$/, /expir|valid_(until|to)|member_until/],
};

/** snake writes the name of a column in one way, however its owner does. */
function snake(name: string): string {
  return name
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .replace(/[^\p{L}\p{N}]+/gu, '_')
    .toLowerCase();
}

/** shape masks a text as the server does for those who may not see values, so that both are judged alike. */
export function shape(text: string): string {
  return text.replace(/\p{Nd}/gu, '0').replace(/[^0@.\-+:/ ,…]/gu, 'x');
}

const digest = /^([x0]{64}|[x0]{40}…)$/;

const forms: Record<string, (shape: string) => boolean> = {
  email: (s) => /^[^@\s]+@[^@\s]+\.[^@\s]+$/.test(s) || /^[^@]+@[^@]*…$/.test(s) || digest.test(s),
  phone_number: (s) =>
    digest.test(s) || (!/[@:]/.test(s) && count(s, '0') >= 6 && count(s, 'x') <= 4 && !/^0000-00-00/.test(s)),
  device_id: (s) =>
    /^[x0]{8}-[x0]{4}-[x0]{4}-[x0]{4}-[x0]{12}$/.test(s) || /^[x0]{16}$/.test(s) || digest.test(s),
  twitter_id: (s) => /^0{1,20}$/.test(s) || digest.test(s),
  handle: (s) => /^@?[x0]{1,15}$/.test(s) || digest.test(s),
  effective_at: isTime,
  expires_at: isTime,
};

function count(text: string, c: string): number {
  return text.split(c).length - 1;
}

function isTime(shape: string): boolean {
  return /^0000-00-00([x ]00:00|$)/.test(shape);
}

/** looksLike is the share of sample values that could be values of a field; null without a sample. */
export function looksLike(field: string, samples: readonly string[]): number | null {
  const form = forms[field];
  if (!form || samples.length === 0) return null;
  // A list of values has them between commas.
  const good = samples.filter((s) =>
    shape(s)
      .split(',')
      .every((one) => form(one.trim())),
  );
  return good.length / samples.length;
}

const kinds: Record<string, string> = {
  email: 'e-mail addresses',
  phone_number: 'phone numbers',
  device_id: 'device ids',
  twitter_id: 'numeric X user ids',
  handle: 'X handles',
  effective_at: 'times',
  expires_at: 'times',
};

/** doubt says that a column does not look like what it is mapped to; empty when it does. */
export function doubt(field: string, column: Column | undefined): string {
  const share = column ? looksLike(field, column.samples) : null;
  if (!column || share === null || share > 0.5) return '';
  const what = kinds[field] ?? field;
  return share === 0
    ? `The sample values of ${column.name} do not look like ${what}.`
    : `Some sample values of ${column.name} do not look like ${what}.`;
}

/** score says how well a column fits a field: 0 not at all, 1 without doubt. */
export function score(field: string, column: Column): number {
  const name = snake(column.name);
  const rank = (names[field] ?? []).findIndex((pattern) => pattern.test(name));
  const named = rank < 0 ? 0 : rank === 0 ? 1 : 0.75;
  const share = looksLike(field, column.samples);
  if (named > 0) return share === 0 ? named / 4 : named;
  // Only an e-mail address and a phone number with its + are told by the value alone.
  const told =
    field === 'email' || (field === 'phone_number' && column.samples.every((s) => s.startsWith('+')));
  return told && share === 1 ? 0.6 : 0;
}

const enough = 0.5;

/** suggest maps the fields that columns fit, each column and each field once, the best fit first. */
export function suggest(fields: readonly Field[], columns: readonly Column[]): Filling[] {
  const fits = fields
    .flatMap((f) => columns.map((c) => ({ field: f.name, column: c.name, score: score(f.name, c) })))
    .filter((fit) => fit.score >= enough)
    .sort((a, b) => b.score - a.score);
  const taken = new Set<string>();
  const found = new Map<string, string>();
  for (const fit of fits) {
    if (found.has(fit.field) || taken.has(fit.column)) continue;
    found.set(fit.field, fit.column);
    taken.add(fit.column);
  }
  return fields.flatMap((f) => {
    const column = found.get(f.name);
    return column ? [{ field: f.name, kind: 'column' as const, text: column }] : [];
  });
}

/** identifiers sorts columns by how likely they name a record, and leaves none out. */
export function identifiers(columns: readonly Column[], table: string): Column[] {
  const thing = snake(table.split('.').at(-1) ?? '')
    .replace(/^"|"$/g, '')
    .replace(/ies$/, 'y')
    .replace(/s$/, '');
  const rank = (c: Column) => {
    const name = snake(c.name);
    if (name === 'id' || (thing !== '' && name === `${thing}_id`)) return 0;
    if (/^(customer|user|person|contact|account|member)_?id$/.test(name)) return 1;
    if (/(_id|uuid|guid|_key|_no|_number)$|^(key|uuid|guid)$/.test(name) && !personal(c)) return 2;
    return personal(c) ? 4 : 3;
  };
  return [...columns].sort((a, b) => rank(a) - rank(b));
}

/** personal says that a column seems to hold what people are known by, which ids are stored and logged as. */
export function personal(column: Column): boolean {
  const name = snake(column.name);
  return (
    (names.email ?? []).some((p) => p.test(name)) ||
    (names.phone_number ?? []).some((p) => p.test(name)) ||
    looksLike('email', column.samples) === 1
  );
}

import type { Column } from '../../../api/schema.gen';

/**
 * Condition is one condition as the configuration file has it: a group, a test of a column, of the
 * rows of a relation, or of another audience. What the page does not know stays in.
 */
export type Condition = Readonly<Record<string, unknown>>;

export type Property = Column['properties'][number];

/** Operand is what the value of an operator is, and so which field asks for it. */
type Operand = 'text' | 'texts' | 'number' | 'numbers' | 'day' | 'days' | 'yes' | 'empty';

export interface Operator {
  op: string;
  /** label reads behind the column's name and before the value. */
  label: string;
  operand: Operand;
}

const empty: Operator[] = [{ op: 'empty', label: 'has a value', operand: 'empty' }];
const numeric: Operator[] = [
  { op: 'is', label: 'is', operand: 'number' },
  { op: 'is_not', label: 'is not', operand: 'number' },
  { op: 'above', label: 'is more than', operand: 'number' },
  { op: 'at_least', label: 'is at least', operand: 'number' },
  { op: 'below', label: 'is less than', operand: 'number' },
  { op: 'at_most', label: 'is at most', operand: 'number' },
];

/** operators are what the columns of a property can be asked, the most frequent first. */
export const operators: Record<Property, Operator[]> = {
  text: [
    { op: 'is', label: 'is', operand: 'text' },
    { op: 'is_not', label: 'is not', operand: 'text' },
    { op: 'one_of', label: 'is one of', operand: 'texts' },
    { op: 'not_one_of', label: 'is none of', operand: 'texts' },
    { op: 'contains', label: 'contains', operand: 'text' },
    { op: 'not_contains', label: 'does not contain', operand: 'text' },
    { op: 'starts_with', label: 'starts with', operand: 'text' },
    { op: 'ends_with', label: 'ends with', operand: 'text' },
    ...empty,
  ],
  number: [
    ...numeric,
    { op: 'one_of', label: 'is one of', operand: 'numbers' },
    { op: 'not_one_of', label: 'is none of', operand: 'numbers' },
    ...empty,
  ],
  yes_no: [
    { op: 'is', label: 'is', operand: 'yes' },
    { op: 'is_not', label: 'is not', operand: 'yes' },
    ...empty,
  ],
  time: [
    { op: 'in_last_days', label: 'is in the last … days', operand: 'days' },
    { op: 'over_days_ago', label: 'is more than … days ago', operand: 'days' },
    { op: 'in_next_days', label: 'is in the next … days', operand: 'days' },
    { op: 'on', label: 'is on', operand: 'day' },
    { op: 'before', label: 'is before', operand: 'day' },
    { op: 'since', label: 'is on or after', operand: 'day' },
    { op: 'after', label: 'is after', operand: 'day' },
    ...empty,
  ],
  list: [
    { op: 'contains', label: 'contains', operand: 'text' },
    { op: 'not_contains', label: 'does not contain', operand: 'text' },
    ...empty,
  ],
};

/** aggregates are what of the rows of a relation is compared. */
export const aggregates = [
  { aggregate: 'exists', label: 'there is any', column: false },
  { aggregate: 'count', label: 'their number', column: false },
  { aggregate: 'sum', label: 'the sum of', column: true },
  { aggregate: 'avg', label: 'the average of', column: true },
  { aggregate: 'min', label: 'the least', column: true },
  { aggregate: 'max', label: 'the most', column: true },
] as const;

export const comparisons = numeric;

const groups = ['all', 'any', 'none'] as const;
export type GroupKey = (typeof groups)[number];

/** groupOf is a group's key and its conditions; nothing for other conditions. */
export function groupOf(c: Condition): { key: GroupKey; list: Condition[] } | undefined {
  const key = groups.find((k) => k in c);
  const list = key && c[key];
  return key && Array.isArray(list) ? { key, list: list as Condition[] } : undefined;
}

/** whole is a condition as a group, so that others can stand beside it. */
export function whole(c: Condition | undefined): Condition {
  if (!c || Object.keys(c).length === 0) return { all: [] };
  return groupOf(c) ? c : { all: [c] };
}

export interface Test {
  column: string;
  op: string;
  value: unknown;
}

/** testOf is what a condition asks of a column. */
export function testOf(c: Condition): Test | undefined {
  if (typeof c.column !== 'string') return undefined;
  const op = Object.keys(c).find((k) => k !== 'column') ?? '';
  return { column: c.column, op, value: c[op] };
}

/** operatorsOf is what a column can be asked, as what it is first. */
export function operatorsOf(column: Column | undefined): Operator[] {
  const out: Operator[] = [];
  for (const property of column?.properties ?? (['text'] as const))
    out.push(...operators[property].filter((o) => !out.some((x) => x.op === o.op)));
  return out;
}

/** operatorOf is an operator of a column; its first one where it has no such. */
export function operatorOf(column: Column | undefined, op: string): Operator {
  const all = operatorsOf(column);
  return all.find((o) => o.op === op) ?? (all[0] as Operator);
}

/** fresh is a value to begin with, which is sent before anything is entered. */
export function fresh(operand: Operand): unknown {
  switch (operand) {
    case 'yes':
      return true;
    case 'empty':
      return false;
    case 'days':
      return 30;
    case 'number':
      return 1;
    case 'texts':
    case 'numbers':
      return [];
    default:
      return '';
  }
}

/** test makes a condition of a column. */
export const test = (t: Test): Condition => ({ column: t.column, [t.op]: t.value });

/** asked is the first thing that a column is asked. */
export function asked(column: Column): Condition {
  const { op, operand } = operatorOf(column, '');
  return test({ column: column.name, op, value: fresh(operand) });
}

export interface Related {
  relation: string;
  aggregate: string;
  column: string;
  op: string;
  value: unknown;
  where: Condition | undefined;
}

function object(v: unknown): Condition {
  return typeof v === 'object' && v !== null && !Array.isArray(v) ? (v as Condition) : {};
}

/** relatedOf is what a condition asks of the rows of a relation. */
export function relatedOf(c: Condition): Related | undefined {
  if (typeof c.relation !== 'string') return undefined;
  const aggregate = aggregates.find((a) => a.aggregate in c)?.aggregate ?? 'exists';
  const comparison = object(c[aggregate]);
  const op = Object.keys(comparison).find((k) => k !== 'column') ?? 'at_least';
  return {
    relation: c.relation,
    aggregate,
    column: typeof comparison.column === 'string' ? comparison.column : '',
    op,
    value: aggregate === 'exists' ? c.exists !== false : comparison[op],
    where: 'where' in c ? object(c.where) : undefined,
  };
}

/** related makes a condition of the rows of a relation. */
export function related(r: Related): Condition {
  const comparison = aggregates.find((a) => a.aggregate === r.aggregate)?.column
    ? { column: r.column, [r.op]: r.value }
    : { [r.op]: r.value };
  return {
    relation: r.relation,
    [r.aggregate]: r.aggregate === 'exists' ? r.value !== false : comparison,
    ...(r.where && Object.keys(r.where).length > 0 ? { where: r.where } : {}),
  };
}

/** none is what a person chooses where no row of a relation may be there. */
export const none = 'none';

/** turned is a condition of a relation with another aggregate, and a value that goes with it. */
export function turned(r: Related, aggregate: string): Related {
  if (aggregate === 'exists' || aggregate === none)
    return { ...r, aggregate: 'exists', value: aggregate !== none };
  if (r.aggregate === 'exists') return { ...r, aggregate, op: 'at_least', value: 1 };
  return { ...r, aggregate };
}

export interface Relation {
  table: string;
  key: string;
  of: string;
  of_key?: string;
}

/** relationsOf are the relations of a source's spec about the rows of a table. */
export function relationsOf(spec: Condition, table: string): [string, Relation][] {
  return (Object.entries(object(spec.relations)) as [string, Relation][]).filter(([, r]) => r.of === table);
}

/** complete says whether nothing of a condition is left to be entered. */
export function complete(c: Condition): boolean {
  const group = groupOf(c);
  if (group) return group.list.every(complete);
  const t = testOf(c);
  if (t) return Array.isArray(t.value) ? t.value.length > 0 : t.value !== '' && t.value !== undefined;
  const r = relatedOf(c);
  if (r)
    return (
      (!aggregates.find((a) => a.aggregate === r.aggregate)?.column || r.column !== '') &&
      r.value !== '' &&
      r.value !== undefined &&
      (!r.where || complete(r.where))
    );
  return true;
}

/** count is how many things a condition asks; groups are none themselves. */
export function count(c: Condition): number {
  const group = groupOf(c);
  return group ? group.list.reduce((n, x) => n + count(x), 0) : Object.keys(c).length > 0 ? 1 : 0;
}

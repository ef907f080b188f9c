import type { Choice, Column, Field, SuggestedField, Suggestions } from '../../api/schema.gen';
import { set, withMapping, type Filling, type Spec } from './spec';

/** suggested maps the fields that the server found columns for, those that are filled already left out. */
export function suggested(
  found: Suggestions | undefined,
  fields: readonly Field[],
  fillings: readonly Filling[],
): Filling[] {
  if (!found) return [];
  return fields.flatMap((f) => {
    const column = found.mapping[f.name];
    const taken = fillings.some((m) => m.field === f.name || (m.kind === 'column' && m.text === column));
    return column && !taken ? [{ field: f.name, kind: 'column' as const, text: column }] : [];
  });
}

/**
 * firstMapping fills a spec's identifier and mapping, as far as it has none. What holds personal
 * data names nobody's record unasked: identifiers are stored and logged.
 */
export function firstMapping(spec: Spec, fields: readonly Field[], found: Suggestions): Spec {
  const identifier = found.identifiers.find((column) => !personal(found, column));
  const named = spec.identifier === undefined && identifier ? set(spec, 'identifier', identifier) : spec;
  const fillings = named.mapping === undefined ? suggested(found, fields, []) : [];
  return fillings.length > 0 ? withMapping(named, fillings) : named;
}

/** Usable is how many of the sampled rows have a value of a field that can be sent. */
export interface Usable {
  field: string;
  rows: number;
}

/** usable tells it of the fields that columns were found for, those first that most rows have. */
export function usable(found: Suggestions): Usable[] {
  return Object.entries(found.mapping)
    .map(([field, column]) => ({ field, rows: fitOf(found, field, column)?.valid ?? 0 }))
    .filter((u) => u.rows > 0)
    .sort((a, b) => b.rows - a.rows);
}

/** fitOf says how well a column fits a field; undefined where it does not at all. */
export function fitOf(
  found: Suggestions | undefined,
  field: string,
  column: string,
): SuggestedField | undefined {
  return found?.columns.find((c) => c.name === column)?.fields.find((f) => f.field === field);
}

/** choiceOf says why a field is filled from the column that is suggested for it; undefined where it is another. */
export function choiceOf(found: Suggestions | undefined, filling: Filling): Choice | undefined {
  const choice = found?.choices.find((c) => c.field === filling.field);
  return filling.kind === 'column' && choice?.column === filling.text ? choice : undefined;
}

/** likely sorts columns with those first that tell records apart, the likeliest first. */
export function likely(columns: readonly Column[], found: Suggestions | undefined): Column[] {
  const order = found?.identifiers ?? [];
  const rank = (c: Column) => {
    const i = order.indexOf(c.name);
    return i < 0 ? order.length : i;
  };
  return [...columns].sort((a, b) => rank(a) - rank(b));
}

const sure = 0.5;

/** personal says that a column seems to hold what people are known by. Identifiers are stored and logged. */
export function personal(found: Suggestions | undefined, column: string): boolean {
  const fields = found?.columns.find((c) => c.name === column)?.fields ?? [];
  return fields.some((f) => (f.field === 'email' || f.field === 'phone_number') && f.confidence >= sure);
}

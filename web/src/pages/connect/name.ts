import { audienceOf, modelOf, text, type Spec } from './spec';

const longest = 60;

/** plainName writes a text as a name that stands well in addresses, files and commands. */
function plainName(said: string): string {
  const words = said.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
  return [...words.join('-')].slice(0, longest).join('').replace(/-$/, '');
}

/** suggestedName is what a connection could be called, after its audience or its table; no taken name. */
export function suggestedName(spec: Spec, taken: readonly string[]): string {
  const audience = audienceOf(spec);
  const model = modelOf(spec);
  const table =
    model.kind === 'table' ? (model.text.split(/[./]/).findLast((part) => /\w/.test(part)) ?? '') : '';
  const name =
    plainName(audience.kind === 'new' ? audience.name : '') ||
    plainName(table) ||
    plainName(text(spec, 'source'));
  if (!name || !taken.includes(name)) return name;
  let n = 2;
  while (taken.includes(`${name}-${n}`)) n++;
  return `${name}-${n}`;
}

import type { Problem } from '../../api/client';
import type { StepID } from './steps';

/** Mistake is something that the server found wrong in a spec. */
export interface Mistake {
  step: StepID;
  /** path is where in the spec, such as "mapping/email". */
  path: string;
  text: string;
}

const places: Record<string, StepID> = {
  source: 'source',
  table: 'people',
  sql: 'people',
  where: 'people',
  identifier: 'mapping',
  mapping: 'mapping',
  destination: 'audience',
  audience: 'audience',
  sync_mode: 'when',
  schedule: 'when',
  settings: 'when',
  holdout: 'when',
};

/** mistakesOf sorts what the server found by the step that mends it. */
export function mistakesOf(problem: Problem | null | undefined): Mistake[] {
  return (problem?.mistakes ?? []).map((m) => {
    const path = pathOf(m.pointer ?? '');
    const said = m.key && !m.pointer ? `${m.key}: ${m.detail}` : m.detail;
    return {
      step: places[path.split('/')[0] ?? ''] ?? 'review',
      path,
      text: sentenceOf(m.mend ? `${said}: ${m.mend}` : said),
    };
  });
}

function pathOf(pointer: string): string {
  return pointer
    .replace(/^\/spec\/?/, '')
    .split('/')
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
    .join('/');
}

function sentenceOf(said: string): string {
  const text = said.charAt(0).toUpperCase() + said.slice(1);
  return /[.!?)"]$/.test(text) ? text : `${text}.`;
}

/** at is what is wrong at a place of the spec, or below it; undefined when nothing is. */
export function at(mistakes: readonly Mistake[], path: string): string | undefined {
  const found = mistakes.filter((m) => m.path === path || m.path.startsWith(`${path}/`));
  return found.length > 0 ? found.map((m) => m.text).join(' ') : undefined;
}

import type { Mistake } from './mistakes';
import { interval } from './plain';
import type { StepState } from './StepList';
import { audienceOf, mappingOf, modelOf, scheduleOf, text, type Spec } from './spec';
import { short } from '../../components/visible';
import { missing, stepIDs, type StepID } from './steps';

/** statesOf tells of each step how far it is. Steps with defaults count once they were seen. */
export function statesOf(
  spec: Spec,
  identities: readonly string[],
  mistakes: readonly Mistake[],
  seen: ReadonlySet<StepID>,
): Record<StepID, StepState> {
  const entries = stepIDs.map((id) => {
    const complete = missing(spec, id, identities) === '';
    const wrong = complete && mistakes.some((m) => m.step === id);
    const done = complete && id !== 'review' && (seen.has(id) || !optional.has(id));
    const kind: StepState['kind'] = wrong ? 'wrong' : done ? 'done' : 'open';
    return [id, { kind, summary: done || wrong ? summary(spec, id) : '' }] as const;
  });
  return Object.fromEntries(entries) as Record<StepID, StepState>;
}

const optional: ReadonlySet<StepID> = new Set(['when']);

/** summary is what was chosen in a step, in a few characters. */
function summary(spec: Spec, step: StepID): string {
  switch (step) {
    case 'source':
      return short(text(spec, step), width);
    case 'people': {
      const model = modelOf(spec);
      if (model.kind === 'sql') return 'SQL query';
      return short('where' in spec ? `Some of ${model.text}` : model.text, width);
    }
    case 'audience': {
      const audience = audienceOf(spec);
      return short(audience.kind === 'existing' ? audience.id : `New: ${audience.name}`, width);
    }
    case 'mapping': {
      const n = mappingOf(spec).length;
      return n === 1 ? '1 field' : `${n} fields`;
    }
    case 'when': {
      const s = scheduleOf(spec);
      const mode = text(spec, 'sync_mode') === 'upsert' ? 'Upsert' : 'Mirror';
      if (s.type === 'manual') return `${mode}, by hand`;
      return `${mode}, ${s.type === 'cron' ? s.expression : `every ${interval(s.every)}`}`;
    }
    default:
      return '';
  }
}

const width = 26;

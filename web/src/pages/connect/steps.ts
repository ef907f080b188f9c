import { audienceOf, mappingOf, modelOf, scheduleOf, text, type Spec } from './spec';

/** Step is one page of the wizard. */
export interface Step {
  id: StepID;
  title: string;
  /** question is what the page asks. */
  question: string;
}

export const stepIDs = [
  'source',
  'model',
  'destination',
  'audience',
  'mode',
  'identifier',
  'mapping',
  'schedule',
  'settings',
  'review',
] as const;

export type StepID = (typeof stepIDs)[number];

export const steps: readonly Step[] = [
  { id: 'source', title: 'Source', question: 'Where are your customers?' },
  { id: 'model', title: 'Model', question: 'Which of them should be in the audience?' },
  { id: 'destination', title: 'X account', question: 'Which X Ads account are they for?' },
  { id: 'audience', title: 'Audience', question: 'Which audience should they be in?' },
  { id: 'mode', title: 'Sync mode', question: 'Should people also leave the audience?' },
  { id: 'identifier', title: 'Identifier', question: 'Which column tells rows apart?' },
  { id: 'mapping', title: 'Mapping', question: 'How does X recognise them?' },
  { id: 'schedule', title: 'Schedule', question: 'When should it run?' },
  { id: 'settings', title: 'Settings', question: 'What should it keep, and when should it stop?' },
  { id: 'review', title: 'Review', question: 'Is this what you want?' },
];

/** stepOf reads a step from an address; the first where it names none. */
export function stepOf(id: string | undefined): StepID {
  return stepIDs.find((known) => known === id) ?? 'source';
}

/** beside is the step before or after another; undefined at the ends. */
export function beside(id: StepID, by: 1 | -1): StepID | undefined {
  return stepIDs[stepIDs.indexOf(id) + by];
}

/** missing says what a step still needs; empty when it is complete. The server judges the rest. */
export function missing(spec: Spec, step: StepID, identities: readonly string[]): string {
  switch (step) {
    case 'source':
      return text(spec, 'source') ? '' : 'Choose or add a source.';
    case 'model': {
      const model = modelOf(spec);
      if (model.text.trim()) return '';
      return model.kind === 'sql' ? 'Write a query.' : 'Choose a table.';
    }
    case 'destination':
      return text(spec, 'destination') ? '' : 'Choose or add an X account.';
    case 'audience': {
      const audience = audienceOf(spec);
      if (audience.kind === 'existing') return audience.id ? '' : 'Choose an audience.';
      return audience.name.trim() ? '' : 'Give the audience a name.';
    }
    case 'identifier':
      return text(spec, 'identifier') ? '' : 'Choose the column that tells rows apart.';
    case 'mapping': {
      const fillings = mappingOf(spec);
      const open = fillings.find((f) => !f.text);
      if (open) return `Choose what fills ${open.field}.`;
      const matches = fillings.some((f) => identities.length === 0 || identities.includes(f.field));
      return matches ? '' : 'Map at least one field that people are matched by.';
    }
    case 'schedule': {
      const schedule = scheduleOf(spec);
      if (schedule.type === 'basic' && !schedule.every) return 'Say how often it runs.';
      if (schedule.type === 'cron' && !schedule.expression.trim()) return 'Write a cron expression.';
      return '';
    }
    default:
      return '';
  }
}

/** incomplete are the steps that still need something. */
export function incomplete(spec: Spec, identities: readonly string[]): StepID[] {
  return stepIDs.filter((id) => missing(spec, id, identities) !== '');
}

import { complete, whole, type Condition } from './where/conditions';
import { audienceOf, mappingOf, modelOf, scheduleOf, splitOf, text, type Spec } from './spec';

/** Step is one page of the wizard, and one card of a connection that is there. */
export interface Step {
  id: StepID;
  title: string;
  /** question is what the page asks. */
  question: string;
}

export const stepIDs = ['source', 'people', 'mapping', 'audience', 'when', 'review'] as const;

export type StepID = (typeof stepIDs)[number];

export const steps: readonly Step[] = [
  { id: 'source', title: 'Source', question: 'Where are your customers?' },
  { id: 'people', title: 'People', question: 'Which of them should be in the audience?' },
  { id: 'mapping', title: 'Mapping', question: 'How does X recognise them?' },
  { id: 'audience', title: 'Audience', question: 'Which audience should they be in?' },
  { id: 'when', title: 'When and how', question: 'When should it run, and how?' },
  { id: 'review', title: 'Review', question: 'Is this what you want?' },
];

/** stepOf reads a step from an address; the first where it names none. */
export function stepOf(id: string | undefined): StepID {
  return stepIDs.find((known) => known === id) ?? 'source';
}

/** titleOf is what a step is called. */
export function titleOf(id: StepID): string {
  return steps.find((s) => s.id === id)?.title ?? '';
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
    case 'people':
      return model(spec);
    case 'mapping':
      return text(spec, 'identifier')
        ? mapping(spec, identities)
        : 'Choose the column that tells rows apart.';
    case 'audience':
      return text(spec, 'destination') ? audience(spec) : 'Choose or add an X account.';
    case 'when':
      return schedule(spec);
    default:
      return '';
  }
}

function model(spec: Spec): string {
  const m = modelOf(spec);
  if (m.text.trim() && !complete(whole(spec.where as Condition | undefined)))
    return 'Fill in what a condition asks, or remove it.';
  if (m.text.trim()) return '';
  return m.kind === 'sql' ? 'Write a query.' : 'Choose a table.';
}

function mapping(spec: Spec, identities: readonly string[]): string {
  const fillings = mappingOf(spec);
  const open = fillings.find((f) => !f.text);
  if (open) return `Choose what fills ${open.field}.`;
  const matches = fillings.some((f) => identities.length === 0 || identities.includes(f.field));
  return matches ? '' : 'Map at least one field that people are matched by.';
}

function audience(spec: Spec): string {
  const a = audienceOf(spec);
  if (a.kind === 'existing') return a.id ? '' : 'Choose an audience.';
  if (!a.name.trim()) return 'Give the audience a name.';
  const column = splitOf(spec);
  if (column === '') return 'Choose the column whose values each get an audience.';
  if (column && !a.name.includes(`{${column}}`)) return `Write {${column}} into the audience's name.`;
  return '';
}

function schedule(spec: Spec): string {
  const s = scheduleOf(spec);
  if (s.type === 'basic' && !s.every) return 'Say how often it runs.';
  if (s.type === 'after' && s.after.length === 0) return 'Choose the connection to run after.';
  if (s.type === 'webhook' && !s.webhook) return 'Choose a webhook.';
  if (s.type === 'cron' && !s.expression.trim()) return 'Write a cron expression.';
  return '';
}

/** Gap is what a step still needs. */
export interface Gap {
  step: StepID;
  text: string;
}

/** incomplete are the steps that still need something, and what. */
export function incomplete(spec: Spec, identities: readonly string[]): Gap[] {
  return stepIDs
    .map((step) => ({ step, text: missing(spec, step, identities) }))
    .filter((gap) => gap.text !== '');
}

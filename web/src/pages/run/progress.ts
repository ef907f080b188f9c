import type { Run } from '../../api/schema.gen';
import { compact } from '../../components/numbers';

/** Progress is how far a run is, as the server tells it. */
export type Progress = NonNullable<Run['progress']>;

export interface Step {
  id: string;
  label: string;
  /** text says what happens in it. */
  text: string;
}

/** steps are those of a run that take time, in their order. */
export const steps: Step[] = [
  { id: 'stage', label: 'Read the model', text: 'Reads the rows as they stand now.' },
  { id: 'compare', label: 'Compare', text: 'Works out what changed against what the audience holds.' },
  { id: 'share', label: 'Look for neighbours', text: 'Finds who stays and shares what leaves.' },
  {
    id: 'seal',
    label: 'Note what will be sent',
    text: 'Puts on record what may be sent, so that a crash loses nothing.',
  },
  { id: 'remove', label: 'Remove', text: 'Sends the removals to X.' },
  { id: 'add', label: 'Add', text: 'Sends additions and changes to X.' },
  { id: 'settle', label: 'Settle', text: 'Notes what X took as held.' },
  { id: 'prune', label: 'Tidy up', text: 'Drops what no snapshot needs, and old log rows.' },
];

/** active says that a run has not ended. */
export function active(status: Run['status']): boolean {
  return status === 'queued' || status === 'running';
}

export interface Pace {
  /** percent of the step, 0 to 100; null where nobody knows how much there is. */
  percent: number | null;
  /** rate is rows, or changes, a second in this step; 0 until it can be told. */
  rate: number;
  /** left is seconds until all is sent, at this rate; null until it can be told. */
  left: number | null;
}

/** pace works out how fast the step at hand goes. Where no total is known nothing is estimated. */
export function pace(p: Progress): Pace {
  const spent = p.phases?.[p.step] ?? 0;
  const perSecond = (n: number) => (spent > 0 ? n / spent : 0);
  if (p.step === 'stage') return { percent: null, rate: perSecond(p.rows), left: null };
  const sending = p.step === 'remove' || p.step === 'add';
  if (!sending || p.total <= 0) return { percent: null, rate: 0, left: null };
  const done = Math.min(p.done, p.total);
  const rate = perSecond(done);
  return {
    percent: (100 * done) / p.total,
    rate,
    left: rate > 0 ? Math.max(p.total - done, p.to_send - p.sent) / rate : null,
  };
}

/** sentText is how much of what is to be sent was, over all steps; nothing before it is known. */
export function sentText(p: Progress): string {
  return p.to_send > 0 ? `${compact(Math.min(p.sent, p.to_send))} of ${compact(p.to_send)}` : '–';
}

export type StepState = 'done' | 'now' | 'left out' | 'to come' | 'stopped';

/** stepStates tells of each step whether it is over, at hand, to come, or was not needed. */
export function stepStates(run: Pick<Run, 'progress' | 'phases' | 'status'>): Record<string, StepState> {
  const p = run.progress;
  const ended = !active(run.status);
  const spent = ended ? (run.phases ?? {}) : (p?.phases ?? {});
  const last = ended ? steps.findLastIndex((s) => s.id in spent) : steps.findIndex((s) => s.id === p?.step);
  const whole = run.status === 'succeeded' || run.status === 'completed_with_errors';
  const out: Record<string, StepState> = {};
  steps.forEach((s, i) => {
    if (ended && i > last) out[s.id] = 'left out';
    else if (!ended && i > last) out[s.id] = 'to come';
    else if (i === last && !ended) out[s.id] = 'now';
    else if (i === last && !whole) out[s.id] = 'stopped';
    else out[s.id] = s.id in spent ? 'done' : 'left out';
  });
  return out;
}

/** told is the news of a run in a sentence, for those who hear it: it changes every ten percent only. */
export function told(run: Run): string {
  if (run.status === 'queued') return 'The run waits for a worker.';
  if (run.status !== 'running') return `The run ended: ${run.status.replaceAll('_', ' ')}.`;
  const p = run.progress;
  if (!p) return 'The run begins.';
  const label = steps.find((s) => s.id === p.step)?.label ?? p.step;
  const { percent } = pace(p);
  const tens = Math.floor((percent ?? 0) / 10) * 10;
  if (p.note) return `${label}: ${p.note}`;
  if (percent === null) return `${label}.`;
  return `${label}: ${tens === 0 && p.done > 0 ? 'under 10' : tens} percent.`;
}

/** took is how many seconds a run took, or has taken until now; null before it began. */
export function took(run: Pick<Run, 'started_at' | 'finished_at'>, now: number): number | null {
  if (!run.started_at) return null;
  const end = run.finished_at ? new Date(run.finished_at).getTime() : now;
  return Math.max(0, (end - new Date(run.started_at).getTime()) / 1000);
}

import type { Run, RunError } from '../../api/schema.gen';
import { count, percent, plural } from '../../components/numbers';

/** Kind says whom a reason is about. */
export type Kind = NonNullable<RunError['about']>;

export interface Advice {
  kind: Kind;
  text: string;
}

/** adviceFor is what the server says of a reason: whom it is about, and how to mend it. */
export function adviceFor(error: RunError): Advice {
  // Runs of older servers do not say it.
  const otherwise = (error.sample_ids ?? []).length > 0 ? 'refused' : 'run';
  return { kind: error.about ?? otherwise, text: error.mend ?? '' };
}

/** stopped is what stopped a run that failed, or was cancelled. */
export function stopped(run: Pick<Run, 'status' | 'errors'>): RunError | undefined {
  if (run.status !== 'failed' && run.status !== 'cancelled') return undefined;
  return run.errors.find((e) => adviceFor(e).kind === 'run');
}

/** nothing says that a run came to nothing: no row was read, and nothing was sent. */
export function nothing({ counts: c }: Pick<Run, 'counts'>): boolean {
  return c.rows + c.insert + c.update + c.delete + c.renew + c.reassert + c.unchanged + c.requests === 0;
}

/** kindLabel is what a reason's count counts. */
export function kindLabel(kind: Kind, n: number): string {
  const one = n === 1;
  switch (kind) {
    case 'row':
      return one ? 'row left out' : 'rows left out';
    case 'value':
      return one ? 'value dropped; its row went on' : 'values dropped; their rows went on';
    case 'refused':
      return one ? 'record refused by X' : 'records refused by X';
    case 'unsent':
      return one ? 'record not delivered' : 'records not delivered';
    case 'run':
      return '';
  }
}

/** Removal is what a run would remove, as the guard counts it. */
export type Removal = NonNullable<RunError['removal']>;

/** larger is the part and the whole of a removal that make its larger share. */
function larger(r: Removal): [number, number] {
  const identities: [number, number] = [r.identities, Math.max(r.held_identities, r.identities, 1)];
  const people: [number, number] = [r.people, Math.max(r.held_people, r.people, 1)];
  return identities[0] / identities[1] > people[0] / people[1] ? identities : people;
}

/** percentOf is the larger of a removal's two shares, as people read it. */
export function percentOf(r: Removal): string {
  return percent(...larger(r));
}

/** barOf is the same for a bar, from 0 to 100. */
export function barOf(r: Removal): number {
  const [some, all] = larger(r);
  return (100 * some) / all;
}

/** removalText tells a removal as people read it. */
export function removalText(r: Removal): string {
  return (
    `${count(r.identities)} of ${plural(r.held_identities, 'identity', 'identities')} ` +
    `and ${count(r.people)} of ${plural(r.held_people, 'person', 'people')}`
  );
}

/** sorted sorts reasons: what stopped the run, then by how many they concern. */
export function sorted(errors: RunError[]): RunError[] {
  const first = (e: RunError) => (adviceFor(e).kind === 'run' ? 0 : 1);
  return [...errors].sort((a, b) => first(a) - first(b) || b.count - a.count);
}

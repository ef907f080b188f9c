import type { RunError } from '../../api/schema.gen';
import { count, percent, plural } from '../../components/numbers';

/** Kind says whom a reason is about. */
export type Kind = 'run' | 'invalid' | 'value' | 'rejected' | 'failed';

export interface Advice {
  kind: Kind;
  text: string;
}

interface Rule {
  match: RegExp;
  kind: Kind;
  /** text is for reasons that the server gives no advice on. */
  text?: string;
}

// The first that fits is taken. The texts on the left are those of the server's reasons.
const rules: Rule[] = [
  { match: /^the run would (remove|empty)/, kind: 'run' },
  { match: /^cancelled$/, kind: 'run' },
  { match: /^no usable identity|^no identity|^no record id|same record id differ/, kind: 'invalid' },
  {
    match: /^(its removal )?rests until its row changes/,
    kind: 'invalid',
    text: 'X refused it too often to try again. Mend the row: it is sent as soon as it changes. A full sync does not send it either.',
  },
  { match: /^(effective_at|expires_at)[: ]/, kind: 'invalid' },
  { match: /^(email|phone_number|device_id|twitter_id|handle|partner_user_id): /, kind: 'value' },
  { match: /^not sent|^no answer (from X|settled)|^X answered with status/, kind: 'failed' },
  {
    match: /^X: /,
    kind: 'rejected',
    text: 'The text is X’s own. Compare a few of these records with others in the warehouse. Later runs try them again.',
  },
];

/** adviceFor says whom a reason is about, and how to mend it. */
export function adviceFor(error: RunError): Advice {
  const rule = rules.find((r) => r.match.test(error.reason));
  const aboutRecords = (error.sample_ids ?? []).length > 0;
  return {
    kind: rule?.kind ?? (aboutRecords ? 'rejected' : 'run'),
    text: error.mend || rule?.text || '',
  };
}

/** kindLabel is what a reason's count counts. */
export function kindLabel(kind: Kind, n: number): string {
  const one = n === 1;
  switch (kind) {
    case 'invalid':
      return one ? 'row left out' : 'rows left out';
    case 'value':
      return one ? 'value dropped; its row went on' : 'values dropped; their rows went on';
    case 'rejected':
      return one ? 'record refused by X' : 'records refused by X';
    case 'failed':
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

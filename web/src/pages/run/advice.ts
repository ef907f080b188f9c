import type { RunError } from '../../api/schema.gen';

/** Kind says whom a reason is about. */
export type Kind = 'run' | 'invalid' | 'value' | 'rejected' | 'failed';

export interface Advice {
  kind: Kind;
  text: string;
}

interface Rule {
  match: RegExp;
  kind: Kind;
  text: string;
}

const warehouse = 'Mend the values in the warehouse, or leave the rows out of the model with a condition.';

// The first that fits is taken. The texts on the left are those of the server's reasons.
const rules: Rule[] = [
  {
    match: /^the run would (remove|empty)/,
    kind: 'run',
    text: 'Look at what would be removed. If it is meant, approve the run; if not, mend the model and run again.',
  },
  {
    match: /no record id/,
    kind: 'invalid',
    text: 'Leave rows without an identifier out of the model, or choose an identifier that every row has.',
  },
  {
    match: /rows with the same record id differ/,
    kind: 'invalid',
    text: 'Choose an identifier that is unique, or let the model keep one row for each record, such as the newest.',
  },
  {
    match: /^rests until its row changes/,
    kind: 'invalid',
    text: 'X refused it too often to try again. Mend the row; it is sent as soon as it changes. A full sync does not send it either.',
  },
  {
    match: /no identity: all identity fields are empty/,
    kind: 'invalid',
    text: 'These rows have none of the mapped values. Map another column that they have, or leave them out of the model.',
  },
  {
    match: /no country code and no default_region/,
    kind: 'value',
    text: 'Set a default region on the X account, or write the numbers with + and the country code.',
  },
  {
    match: /phone_number: /,
    kind: 'value',
    text: `${warehouse} If they are numbers of one country without its code, check the default region of the X account.`,
  },
  {
    match: /not a SHA-256 digest, and hashing is off/,
    kind: 'value',
    text: 'Turn hashing on for the X account, or map columns that hold SHA-256 digests.',
  },
  {
    match: /email: /,
    kind: 'value',
    text: `${warehouse} Check that the mapped column holds e-mail addresses.`,
  },
  {
    match: /device_id: /,
    kind: 'value',
    text: 'Check that the mapped column holds advertising ids, such as 38400000-8cf0-11bd-b23e-10b96e40000d.',
  },
  {
    match: /twitter_id: /,
    kind: 'value',
    text: 'Check that the mapped column holds numeric X user ids; handles go into the field handle.',
  },
  {
    match: /handle: /,
    kind: 'value',
    text: 'Check that the mapped column holds X handles: up to 20 letters, digits and underscores.',
  },
  {
    match: /(effective_at|expires_at): not a time/,
    kind: 'invalid',
    text: 'Map a date or timestamp column, or texts in ISO 8601 such as 2027-01-31T08:00:00Z.',
  },
  {
    match: /expires_at: not later/,
    kind: 'invalid',
    text: 'Let expires_at be later than effective_at, or leave one of them out of the mapping.',
  },
  {
    match: /expires_at has passed/,
    kind: 'invalid',
    text: 'Nothing to do if the membership is meant to be over; else give expires_at a later time.',
  },
  {
    match: /^not sent/,
    kind: 'failed',
    text: 'The next run sends them. The reason why this run stopped is listed as well.',
  },
  {
    match: /^no answer from X/,
    kind: 'failed',
    text: 'The next run settles it. If every run has it, check the network between Eddy and X.',
  },
  {
    match: /^X answered with status (5|429)/,
    kind: 'failed',
    text: 'X was busy or had trouble of its own. The next run tries again.',
  },
  {
    match: /^X: /,
    kind: 'rejected',
    text: 'X refused these records. The text is X’s own. Compare a few of them with the others in the warehouse; later runs try them again.',
  },
  { match: /^cancelled$/, kind: 'run', text: 'The next run takes up what was left.' },
  {
    match: /\b(401|403)\b|UNAUTHORIZED/,
    kind: 'run',
    text: 'Check the four credentials of the X account and the rights of the user behind them; test the account on its page.',
  },
  {
    match: /X does not have it|was deleted on X/,
    kind: 'run',
    text: 'The audience is gone at X. Edit the connection to name another audience or create one, then run it and approve.',
  },
  {
    match: /and now names audience/,
    kind: 'run',
    text: 'The people in the old audience stay there. Approve to leave them and fill the new one.',
  },
];

/** adviceFor says whom a reason is about, and how to mend it. What the server advises comes first. */
export function adviceFor(error: Pick<RunError, 'reason' | 'sample_ids'> & { mend?: string }): Advice {
  const rule = rules.find((r) => r.match.test(error.reason));
  const aboutRecords = (error.sample_ids ?? []).length > 0;
  let kind: Kind = rule?.kind ?? (aboutRecords ? 'rejected' : 'run');
  // A value that was the row's last makes the whole row invalid.
  if (error.reason.startsWith('no usable identity')) kind = 'invalid';
  return { kind, text: error.mend || rule?.text || '' };
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

export interface Held {
  remove: number;
  /** held and the shares are unknown where the run would empty the audience. */
  held: number;
  percent: number;
  allowed: number | null;
}

/** heldBack reads what the guard found out of its reason; null where something else asks. */
export function heldBack(reason: string): Held | null {
  const some = /would remove (\d+) of (\d+) held records \(([\d.]+) %, allowed are ([\d.e+-]+) %\)/.exec(
    reason,
  );
  if (some)
    return {
      remove: Number(some[1]),
      held: Number(some[2]),
      percent: Number(some[3]),
      allowed: Number(some[4]),
    };
  const everybody = /would remove all (\d+) held records/.exec(reason);
  if (everybody) {
    const n = Number(everybody[1]);
    return { remove: n, held: n, percent: 100, allowed: null };
  }
  return null;
}

/** byKind sorts reasons: what stopped the run, then by how many they concern. */
export function sorted<T extends { reason: string; count: number; sample_ids: string[] | null }>(
  errors: T[],
): T[] {
  const first = (e: T) => (adviceFor(e).kind === 'run' ? 0 : 1);
  return [...errors].sort((a, b) => first(a) - first(b) || b.count - a.count);
}

import type { ConnectionSpec, Run, Size } from '../../api/schema.gen';
import { least } from '../../charts/sizes';
import { count } from '../../components/numbers';

/** hours is how long X takes to match people. */
export const hours = 8;

export interface Verdict {
  state: 'targetable' | 'processing' | 'small' | 'unknown';
  title: string;
  text: string;
}

/** verdict says whether campaigns can use an audience, and if not, why and what to do. */
export function verdict(size: Size | undefined): Verdict {
  if (!size)
    return {
      state: 'unknown',
      title: 'X has not been asked yet',
      text: 'The server asks X right after the first run that makes or finds the audience, and every half hour from then on.',
    };
  if (size.targetable)
    return {
      state: 'targetable',
      title: 'Campaigns can target this audience',
      text: 'X has matched enough people.',
    };
  const reasons = size.reasons ?? [];
  const processing = reasons.includes('PROCESSING') || size.size === null;
  if (processing)
    return {
      state: 'processing',
      title: 'X is still matching people',
      text: `That takes 6 to ${hours} hours after a run that changed the audience. Nothing is wrong; look again later.`,
    };
  if (reasons.includes('TOO_SMALL'))
    return {
      state: 'small',
      title: 'Too small for campaigns',
      text:
        `X needs at least ${least} matched people who were active in the last 90 days. ` +
        'Mirror more rows, or map more fields that people can be matched by, such as the phone number beside the e-mail.',
    };
  return {
    state: 'unknown',
    title: 'Campaigns cannot target this audience',
    text: reasons.length > 0 ? `X says: ${reasons.join(', ')}.` : 'X does not say why.',
  };
}

/** audienceID is the id of a connection's audience at X; empty before its first run made it. */
export function audienceID(
  spec: Pick<ConnectionSpec, 'audience'>,
  newest: Pick<Size, 'audience_id'> | undefined,
  runs: Pick<Run, 'audience_id'>[],
): string {
  return spec.audience.id || runs.find((r) => r.audience_id)?.audience_id || newest?.audience_id || '';
}

/**
 * heldText is how many records Eddy holds in an audience, as far as the counts of its newest run
 * tell. A plan counts them; until then only a run that succeeded says how many there are at most:
 * what it left as it was may have run out. An upsert keeps records that the model lost.
 */
export function heldText(
  runs: Pick<Run, 'status' | 'counts'>[],
  mode: ConnectionSpec['sync_mode'] | undefined,
): string {
  const run = runs.find((r) => r.status === 'succeeded' || r.counts.requests > 0);
  if (!run || run.status !== 'succeeded' || mode === 'upsert') return 'a plan counts them';
  const c = run.counts;
  return `up to ${count(c.insert + c.update + c.renew + c.reassert + c.unchanged)}`;
}

import type { Size } from '../../api/schema.gen';

/** least is how many active people X needs before campaigns can use an audience. */
export const least = 100;

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
      text: 'The server asks X for the size every half hour, from the first run on that made or found the audience.',
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

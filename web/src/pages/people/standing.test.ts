import { describe, expect, it } from 'vitest';

import type { Sighting } from '../../api/schema.gen';
import { standing, summary } from './standing';

const said = (of?: 'in' | 'leaving' | 'perhaps' | 'out'): Sighting =>
  of
    ? {
        connection: 'vip',
        answer: { connection: 'vip', standing: of, verdict: '', rows: [], held: [], log: [] },
      }
    : { connection: 'vip', trouble: { detail: 'the warehouse is away' } };

describe('standing', () => {
  it('never takes trouble for an answer', () => {
    expect(standing(said('out')).label).toBe('Not in');
    expect(standing(said()).label).toBe('Not known');
    const unmapped = { connection: 'vip', trouble: { code: 'usage', detail: 'it sends no email' } };
    expect(standing(unmapped).label).toBe('Not asked');
  });
});

describe('summary', () => {
  it('counts what connections say', () => {
    expect(summary([said('out'), said(), said('in'), said('out')])).toBe('In: 1, Not in: 2, Not known: 1');
    expect(summary([])).toBe('');
  });
});

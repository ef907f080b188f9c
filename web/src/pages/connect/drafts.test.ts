import { beforeEach, describe, expect, it } from 'vitest';

import { Drafts, editID, editOf, newID, type Draft } from './drafts';

const now = Date.parse('2027-01-31T12:00:00Z');
const day = 24 * 3600 * 1000;

function draft(id: string, changed: number): Draft {
  return {
    id,
    name: `the ${id}`,
    spec: { source: 'shop', later: { deep: [1] } },
    step: 'model',
    seen: ['source'],
    changed,
  };
}

describe('drafts', () => {
  beforeEach(() => localStorage.clear());

  it('come back as they were kept', () => {
    const drafts = new Drafts(localStorage, 'ada');
    drafts.put(draft('a', now));
    expect(new Drafts(localStorage, 'ada').get('a')).toEqual(draft('a', now));
    drafts.remove('a');
    expect(drafts.get('a')).toBeNull();
  });

  it('are listed for their owner alone, newest first', () => {
    const ada = new Drafts(localStorage, 'ada');
    ada.put(draft('old', now - day));
    ada.put(draft('new', now));
    new Drafts(localStorage, 'bob').put(draft('bob', now));
    localStorage.setItem('another program', 'x');
    expect(ada.list(now).map((d) => d.id)).toEqual(['new', 'old']);
  });

  it('are dropped when they are old or cannot be read', () => {
    const drafts = new Drafts(localStorage, 'ada');
    drafts.put(draft('ancient', now - 31 * day));
    drafts.put(draft('fresh', now - 29 * day));
    for (const [i, text] of ['{', '[]', 'null', '{"spec":[]}', '{"spec":{}}'].entries())
      localStorage.setItem(`eddy.draft.ada.bad${i}`, text);
    expect(drafts.list(now).map((d) => d.id)).toEqual(['fresh']);
    expect(localStorage.length).toBe(1);
  });

  it('of changes are found by their connection, whatever version they began with', () => {
    const drafts = new Drafts(localStorage, 'ada');
    drafts.put({ ...draft('x', now), id: editID('the 7 seas', 3) });
    expect(editOf(drafts, 'the 7 seas', now)?.version).toBe(3);
    expect(editOf(drafts, '7 seas', now)).toBeNull();
    expect(editOf(drafts, 'seas', now)).toBeNull();
  });

  it('do not stop a person where nothing can be stored', () => {
    const full = {
      length: 0,
      key: () => null,
      getItem: () => null,
      removeItem: () => undefined,
      setItem: () => {
        throw new DOMException('full', 'QuotaExceededError');
      },
    };
    expect(() => new Drafts(full, 'ada').put(draft('a', now))).not.toThrow();
  });

  it('have names of their own', () => {
    expect(new Set(Array.from({ length: 100 }, newID)).size).toBe(100);
    expect(newID()).toMatch(/^[0-9a-z]{12}$/);
  });
});

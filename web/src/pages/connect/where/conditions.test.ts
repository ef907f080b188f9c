import { describe, expect, it } from 'vitest';

import {
  complete,
  count,
  groupOf,
  operators,
  operatorsOf,
  related,
  relatedOf,
  relationsOf,
  test as made,
  testOf,
  turned,
  whole,
  type Condition,
  type Property,
} from './conditions';

const buyers: Condition = {
  relation: 'orders',
  sum: { column: 'total', above: 100 },
  where: { column: 'placed', in_last_days: 90 },
};

const nothing = { column: '', op: '', value: '' };

function rows(c: Condition) {
  const r = relatedOf(c);
  if (!r) throw new Error('not about a relation');
  return r;
}

describe('conditions', () => {
  it('stay as they are when they are taken apart and put together', () => {
    const test = { column: 'country', one_of: ['DE', 'AT'] };
    expect(made(testOf(test) ?? nothing)).toEqual(test);
    expect(related(rows(buyers))).toEqual(buyers);
    const none = { relation: 'orders', exists: false };
    expect(related(rows(none))).toEqual(none);
    const two = { relation: 'orders', count: { at_least: 2 } };
    expect(related(rows(two))).toEqual(two);
  });

  it('become a group so that others can stand beside them', () => {
    expect(whole(undefined)).toEqual({ all: [] });
    expect(whole(buyers)).toEqual({ all: [buyers] });
    expect(whole({ none: [buyers] })).toEqual({ none: [buyers] });
    expect(groupOf({ any: [] })).toEqual({ key: 'any', list: [] });
    expect(groupOf(buyers)).toBeUndefined();
  });

  it('keep a value that goes with what is compared', () => {
    const r = rows(buyers);
    expect(related(turned(r, 'max'))).toEqual({
      ...related(r),
      sum: undefined,
      max: { column: 'total', above: 100 },
    });
    expect(turned(r, 'exists').value).toBe(true);
    expect(related(turned(turned(r, 'exists'), 'count')).count).toEqual({ at_least: 1 });
  });

  it('are complete when nothing is left to be entered', () => {
    expect(complete({ all: [buyers, { column: 'a', is: true }] })).toBe(true);
    expect(complete({ all: [{ column: 'a', is: '' }] })).toBe(false);
    expect(complete({ any: [{ column: 'a', one_of: [] }] })).toBe(false);
    expect(complete({ ...buyers, sum: { column: '', above: 1 } })).toBe(false);
    expect(complete({ ...buyers, where: { column: 'a', on: '' } })).toBe(false);
    expect(complete({ audience: 'vip', in: false })).toBe(true);
  });

  it('are counted without their groups', () => {
    expect(count({ all: [buyers, { any: [{ column: 'a', is: 1 }, { none: [] }] }] })).toBe(2);
    expect(count({})).toBe(0);
  });

  it('ask texts of files as what they may stand for, too', () => {
    const column = (properties: Property[]) => ({ name: 'spent', type: 'varchar', properties, samples: [] });
    expect(operatorsOf(column(['text'])).some((o) => o.op === 'above')).toBe(false);
    const ops = operatorsOf(column(['text', 'number', 'time'])).map((o) => o.op);
    expect(ops.slice(0, 2)).toEqual(['is', 'is_not']);
    expect(ops).toContain('above');
    expect(ops).toContain('in_last_days');
    expect(new Set(ops).size).toBe(ops.length);
  });

  it('ask of each property what the server takes', () => {
    for (const all of Object.values(operators)) expect(new Set(all.map((o) => o.op)).size).toBe(all.length);
  });

  it('know the relations of one table', () => {
    const orders = { table: 'orders', key: 'customer', of: 'customers' };
    const spec = { relations: { orders, items: { table: 'items', key: 'order', of: 'orders' } } };
    expect(relationsOf(spec, 'customers')).toEqual([['orders', orders]]);
    expect(relationsOf({}, 'customers')).toEqual([]);
  });
});

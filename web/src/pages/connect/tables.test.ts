import { expect, it } from 'vitest';

import { schemaOf, shown, treeOf } from './tables';

it('a table is below its schema, also where names have dots', () => {
  expect(schemaOf('crm.customers')).toBe('crm');
  expect(schemaOf('"a.b"."c.d"')).toBe('"a.b"');
  expect(schemaOf('customers')).toBe('');
  expect(treeOf(['crm.a', 'crm.b', 'main.a', 'loose'], '').nodes).toEqual([
    {
      value: 'schema crm',
      label: 'crm',
      children: [
        { value: 'crm.a', label: 'a' },
        { value: 'crm.b', label: 'b' },
      ],
    },
    { value: 'schema main', label: 'main', children: [{ value: 'main.a', label: 'a' }] },
    { value: 'loose', label: 'loose' },
  ]);
});

it('a search looks at schemas and tables, whatever their case', () => {
  expect(treeOf(['crm.People', 'web.orders'], 'PEOP').nodes).toHaveLength(1);
  expect(treeOf(['crm.People', 'web.orders'], 'web.').nodes[0]?.label).toBe('web');
  expect(treeOf(['crm.People'], 'nobody').nodes).toEqual([]);
});

it('a warehouse of many tables is not drawn at once', () => {
  const many = Array.from({ length: 1000 }, (_, i) => `s.t${i}`);
  const tree = treeOf(many, '');
  expect(tree.nodes[0]?.children).toHaveLength(shown);
  expect(tree.left).toBe(1000 - shown);
});

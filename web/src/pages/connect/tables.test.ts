import { expect, it } from 'vitest';

import type { Table } from '../../api/schema.gen';
import { mentioned, schemaOf, shown, treeOf } from './tables';

const tables = (...names: string[]): Table[] => names.map((name) => ({ name, kind: 'table' }));
const nodeProps = { 'data-kind': 'table' };

it('a table is below its schema, also where names have dots', () => {
  expect(schemaOf('crm.customers')).toBe('crm');
  expect(schemaOf('"a.b"."c.d"')).toBe('"a.b"');
  expect(schemaOf('customers')).toBe('');
  expect(treeOf(tables('crm.a', 'crm.b', 'main.a', 'loose'), '').nodes).toEqual([
    {
      value: 'schema crm',
      label: 'crm',
      children: [
        { value: 'crm.a', label: 'a', nodeProps },
        { value: 'crm.b', label: 'b', nodeProps },
      ],
    },
    { value: 'loose', label: 'loose', nodeProps },
    { value: 'schema main', label: 'main', children: [{ value: 'main.a', label: 'a', nodeProps }] },
  ]);
});

it('a search looks at schemas and tables, whatever their case', () => {
  expect(treeOf(tables('crm.People', 'web.orders'), 'PEOP').nodes).toHaveLength(1);
  expect(treeOf(tables('crm.People', 'web.orders'), 'web.').nodes[0]?.label).toBe('web');
  expect(treeOf(tables('crm.People'), 'nobody').nodes).toEqual([]);
});

it('a warehouse of many tables is not drawn at once', () => {
  const many = Array.from({ length: 1000 }, (_, i) => `s.t${i}`);
  const tree = treeOf(tables(...many), '');
  expect(tree.nodes[0]?.children).toHaveLength(shown);
  expect(tree.left).toBe(1000 - shown);
});

it('a view stays one', () => {
  const [node] = treeOf([{ name: 'v', kind: 'materialised_view' }], '').nodes;
  expect(node?.nodeProps).toEqual({ 'data-kind': 'materialised_view' });
});

it('a table is mentioned by its name as a word of its own', () => {
  const tables = ['shop.orders', 'shop.order', 'orders_old', '"odd name"'].map((name) => ({
    name,
    kind: 'table' as const,
  }));
  expect(mentioned(tables, 'SELECT * FROM Shop.Orders o JOIN x')).toEqual(['shop.orders']);
  expect(mentioned(tables, 'SELECT * FROM reorder, "odd name"')).toEqual(['"odd name"']);
  expect(mentioned(tables, '')).toEqual([]);
});

import { expect, test } from 'vitest';
import { steadyOrder } from './use-steady-order.ts';

interface Row {
  readonly id: string;
  readonly value: number;
}
const ordering = { keyOf: (row: Row) => row.id, compare: (a: Row, b: Row) => a.value - b.value, choice: 'value' };
const rows = (values: Readonly<Record<string, number>>): Row[] => Object.entries(values).map(([id, value]) => ({ id, value }));

test('rows keep their places while their values change', () => {
  const first = steadyOrder(null, rows({ a: 2, b: 1 }), ordering);
  expect(first.keys).toEqual(['b', 'a']);
  expect(steadyOrder(first, rows({ a: 0, b: 5 }), ordering).keys).toEqual(['b', 'a']);
});

test('a new row comes where it belongs, and one that is gone leaves', () => {
  const first = steadyOrder(null, rows({ a: 1, b: 3 }), ordering);
  expect(steadyOrder(first, rows({ a: 1, b: 3, c: 2, d: 9 }), ordering).keys).toEqual(['a', 'c', 'b', 'd']);
  expect(steadyOrder(first, rows({ b: 3 }), ordering).keys).toEqual(['b']);
});

test('another choice of the reader orders anew', () => {
  const first = steadyOrder(null, rows({ a: 1, b: 3 }), ordering);
  const turned = { ...ordering, compare: (a: Row, b: Row) => b.value - a.value, choice: '-value' };
  expect(steadyOrder(first, rows({ a: 1, b: 3 }), turned).keys).toEqual(['b', 'a']);
});

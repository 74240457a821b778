import { describe, expect, test } from 'vitest';
import { changedSearch, viewOf, viewSearch, windowOf } from './view-search.ts';

const FROM = Date.UTC(2026, 10, 22, 10);
const TO = Date.UTC(2026, 10, 22, 10, 30);
const zoomed = { from: '2026-11-22T10:00:00.000Z', to: '2026-11-22T10:30:00.000Z' };

test('an address without anything is the default view', () => {
  expect(viewOf(viewSearch({}))).toEqual({ destination: null, range: null, span: null, scale: 'linear' });
});

test('what an address says that is not known is left out', () => {
  expect(viewSearch({ destination: 7, range: 'toString', scale: 'cubic', from: 'yesterday', to: 3, other: 1 })).toEqual({ destination: '7' });
});

test('a default does not stay in the address', () => {
  const changed = changedSearch({ destination: 'gw' }, { range: '24h', scale: 'log' });
  expect(changed).toEqual({ destination: 'gw', range: '24h', scale: 'log' });
  expect(changedSearch(changed, { scale: 'linear' })).toEqual({ destination: 'gw', range: '24h' });
});

describe('a zoom', () => {
  test('is in the address, and ends with another range or when it is left', () => {
    const search = changedSearch({ range: '24h' }, { span: { from: FROM, to: TO } });
    expect(search).toEqual({ range: '24h', ...zoomed });
    expect(viewOf(search).span).toEqual({ from: FROM, to: TO });
    expect(changedSearch(search, { scale: 'log' })).toEqual({ range: '24h', ...zoomed, scale: 'log' });
    expect(changedSearch(search, { span: null })).toEqual({ range: '24h' });
    expect(changedSearch(search, { range: '6h' })).toEqual({ range: '6h' });
  });

  test('asks for finer buckets than the range it is in', () => {
    expect(windowOf({ span: null }, '24h')).toEqual({ rangeS: 86_400, bucketS: 900 });
    expect(windowOf({ span: { from: FROM, to: TO } }, '24h')).toEqual({ from: FROM, to: TO, bucketS: 10 });
  });

  test('whose end is before its beginning is none', () => {
    expect(viewSearch({ from: zoomed.to, to: zoomed.from })).toEqual({});
  });
});

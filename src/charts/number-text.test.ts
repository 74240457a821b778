import { expect, test } from 'vitest';
import { ping } from '../model/kinds/ping.ts';
import { countText, metricText, numberText } from './number-text.ts';

test('a number is written with the decimals and the unit of its metric', () => {
  expect(metricText(ping.metrics.rtt_avg_ms, 12.3456)).toBe('12.35\u00a0ms');
  expect(metricText(ping.metrics.packet_loss_pct, 0)).toBe('0.0\u00a0%');
  expect(metricText(ping.metrics.packets_sent, 1000)).toBe('1,000');
});

test('a code is never grouped', () => {
  expect(numberText({ unit: 'code', decimals: 0 }, 1404)).toBe('1404');
});

test('a count agrees with its noun', () => {
  expect(countText(1, 'agent')).toBe('1 agent');
  expect(countText(0, 'agent')).toBe('0 agents');
  expect(countText(2, 'reply', 'replies')).toBe('2 replies');
});

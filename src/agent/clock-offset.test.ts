import { expect, test } from 'vitest';
import { ClockOffset } from './clock-offset.ts';

test("a clock that is about right keeps the plan's time; its offset is known all the same", () => {
  const offset = new ClockOffset();
  expect(offset.measuredMs).toBeNull();
  expect(offset.update(400)).toBe(false);
  expect(offset.measuredMs).toBe(400);
  expect(offset.planTime(1_000_000)).toBe(1_000_000);
});

test("a clock that is clearly wrong is corrected in the plan's time, which does not tremble with each measure", () => {
  const offset = new ClockOffset();
  expect(offset.update(60_000)).toBe(true);
  expect(offset.update(60_040)).toBe(false);
  expect(offset.planTime(1_000_000)).toBe(940_000);
  expect(offset.update(20)).toBe(true);
  expect(offset.planTime(1_000_000)).toBe(1_000_000);
});

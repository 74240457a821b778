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

test("a clock that is set leaves the plan's time alone where the server's clock is known, until the next exchange says otherwise", () => {
  const offset = new ClockOffset();
  offset.stepped(3_600_000);
  expect(offset.measuredMs).toBeNull();
  expect(offset.planTime(1_000_000)).toBe(1_000_000);
  offset.update(400);
  offset.stepped(3_600_000);
  expect(offset.measuredMs).toBe(3_600_400);
  expect(offset.planTime(4_600_000)).toBe(1_000_000);
  expect(offset.update(3_600_390)).toBe(false);
  offset.stepped(-3_600_000);
  expect(offset.measuredMs).toBe(390);
  expect(offset.planTime(1_000_000)).toBe(1_000_000);
});

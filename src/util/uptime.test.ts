import { existsSync } from 'node:fs';
import { uptime } from 'node:os';
import { expect, test } from 'vitest';
import { uptimeMs } from './uptime.ts';

test.skipIf(!existsSync('/proc/uptime'))('the time since the boot is what the system says of it', () => {
  const before = uptime() * 1000;
  const at = uptimeMs();
  expect(at).toBeGreaterThanOrEqual(before - 1000);
  expect(at).toBeLessThanOrEqual(uptime() * 1000 + 1000);
});

test('where the system does not say, it is not known', () => {
  expect(uptimeMs('/nowhere/uptime')).toBeNull();
});

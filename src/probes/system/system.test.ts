import { describe, expect, test } from 'vitest';
import { kinds } from '../../model/kinds/index.ts';
import { describeProbe, testContext } from '../probe.contract.ts';
import { otherSource } from './other.ts';
import { diskMetrics, memoryMetrics, system } from './system.ts';

describeProbe({
  kind: 'system',
  good: () => Promise.resolve({ host: '', spec: { sample_ms: 200 } }),
  slow: () => Promise.resolve({ host: '', spec: { sample_ms: 10_000 } }),
  unknownHost: () => Promise.resolve(null),
});

describe('the system probe', () => {
  test('shares are shares and sizes are sizes', async () => {
    const { metrics, details } = await system.run('', kinds.system.spec.parse({ sample_ms: 100 }), testContext, new AbortController().signal);
    for (const [name, value] of Object.entries(metrics)) {
      expect([name, value >= 0, !name.endsWith('_pct') || value <= 100]).toEqual([name, true, true]);
    }
    expect(details['cores']).toBeGreaterThan(0);
  });

  test('a data directory that is not there leaves only the disk out', async () => {
    const context = { ...testContext, dataDir: '/tacho/no/such/directory' };
    const { status, metrics } = await system.run('', kinds.system.spec.parse({ sample_ms: 100 }), context, new AbortController().signal);
    expect(status).toBe('success');
    expect(metrics).not.toHaveProperty('disk_pct');
    expect(metrics).toHaveProperty('memory_pct');
  });

  test('the source of other platforms gives the same figures', async () => {
    const source = await otherSource();
    const { totalBytes, availableBytes } = await source.memory();
    expect(availableBytes).toBeGreaterThan(0);
    expect(totalBytes).toBeGreaterThan(availableBytes);
    for (const { rxBytes, txBytes } of await source.counters()) expect([Number.isFinite(rxBytes), Number.isFinite(txBytes)]).toEqual([true, true]);
  });
});

test('memory in use is what programs could not get; without swap its share is absent', () => {
  const mib = 1_048_576;
  const figures = { totalBytes: 1000 * mib, availableBytes: 250 * mib, swapTotalBytes: 0, swapFreeBytes: 0 };
  expect(memoryMetrics(figures)).toEqual({ memory_pct: 75, memory_used_mb: 750 });
  expect(memoryMetrics({ ...figures, swapTotalBytes: 100, swapFreeBytes: 40 }).swap_pct).toBe(60);
});

test('the disk is counted as df does: blocks reserved for root are neither used nor free', () => {
  expect(diskMetrics({ bsize: 1_048_576, blocks: 1000, bfree: 400, bavail: 300 })).toEqual({ disk_pct: (100 * 600) / 900, disk_free_mb: 300 });
});

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { places, type Place } from '../../../test/support/command-line.ts';

describe.each(Object.entries(places))('tacho report, over %s', (_, open) => {
  let place: Place;
  beforeAll(async () => {
    place = await open();
  });
  afterAll(() => place.close());

  test('says that there are no speed tests at all', async () => {
    const { code, out } = await place.tacho('report');
    expect(code).toBe(0);
    expect(out).toContain('No speed tests in this period.\nThere are none at all yet.\n');
  });

  test('on a period without data says when the newest is, and what to try', async () => {
    const logs = ['2018-12-30T23:40:00', '2018-12-30T23:50:00'].map((timestamp) => ({
      timestamp,
      widget_type: 'speedtest',
      data: { download: 100, upload: 10, ping: 9 },
    }));
    await place.request('POST', '/api/fleet/widget-logs', { machine_id: 'old-mac', logs });
    expect((await place.tacho('report', '--hours', '168')).out).toContain(
      'No speed tests in this period.\nThe newest is from 2018-12-30 23:50 UTC: try --end or --hours.\n',
    );
    const found = await place.tacho('report', '--end', '2018-12-31');
    expect(found.out).toContain('  Total Tests: 2\n');
    expect(found.out).not.toContain('newest');
  });

  test('as JSON is what the API answers, data or not', async () => {
    const path = '/api/fleet/speedtest/summary?start_time=2020-01-01&end_time=2020-02-01';
    expect(await place.json('report', '--start', '2020-01-01', '--end', '2020-02-01')).toEqual(await place.request('GET', path));
  });

  test('its help says that times are UTC', async () => {
    const { out } = await place.tacho('report', '--help');
    expect(out).toContain('What is printed is UTC.');
    expect(out.replace(/\s+/g, ' ')).toContain('end, exclusive; UTC unless it says a zone (default: now)');
  });
});

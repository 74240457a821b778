import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { places, type Place } from '../../../test/support/command-line.ts';

describe.each(Object.entries(places))('tacho jobs, over %s', (_, open) => {
  let place: Place;
  beforeAll(async () => {
    place = await open();
    await place.request('POST', '/api/destinations', { name: 'example', host: 'example.org' });
  });
  afterAll(() => place.close());

  test('adds, lists and shows, with options of the kinds', async () => {
    expect(await place.tacho('jobs', 'add', 'edge', '--kind', 'ping,dns', '--destination', 'example')).toEqual({
      code: 0,
      out: 'added job edge (id 1): ping, dns, every 1m, at once for the first time\nforecast: no runs, until an agent matches\n',
      err: '',
    });
    const options = ['--option', 'http.verify_tls=false', '--option', 'ping.count=5', '--option', 'http.expect_status=200'];
    const args = ['--kind', 'ping', '--kind', 'http', '--destination', 'example', '--agent', 'label:site=hq', '--interval', '5m', '--stopped'];
    expect(await place.json('jobs', 'add', 'fine', ...args, ...options)).toMatchObject({
      enabled: false,
      interval: 300,
      agents: ['label:site=hq'],
      options: { ping: { count: 5 }, http: { verify_tls: false, expect_status: '200' } },
    });
    expect((await place.tacho('jobs', 'list')).out).toBe(
      [
        'ID  NAME  STATE    WHEN  NEXT RUN (UTC)  KINDS       DESTINATIONS  AGENTS         WHY',
        ' 1  edge  error      1m  -               ping, dns   example       *              there is no agent yet',
        ' 2  fine  stopped    5m  -               ping, http  example       label:site=hq  stopped by hand',
        '',
      ].join('\n'),
    );
    const { out } = await place.tacho('jobs', 'show', 'fine');
    expect(out).toContain('\noptions       http.verify_tls=false\n              http.expect_status=200\n              ping.count=5\n');
  });

  test('changes what is said, and an option without a value is the default again', async () => {
    expect(await place.json('jobs', 'set', 'fine', '--option', 'ping.count=', '--option', 'ping.size=100', '--interval', '90')).toMatchObject({
      name: 'fine',
      enabled: false,
      interval: 90,
      agents: ['label:site=hq'],
      options: { ping: { size: 100 }, http: { verify_tls: false, expect_status: '200' } },
    });
    expect(await place.json('jobs', 'set', 'fine', '--kind', 'ping')).toMatchObject({ kinds: ['ping'], options: { ping: { size: 100 } } });
  });

  test('says when it runs, what it may spend and who measures whom', async () => {
    const when = ['--cron', '*/10 * * * *', '--time-zone', 'Europe/Berlin', '--window', 'mon-fri 08:00-18:00', '--window', 'sat 10:00-12:00'];
    const bounds = ['--start', '2099-01-01T00:00:00Z', '--end', '2099-12-31T00:00:00Z', '--budget', '2.5'];
    const added = await place.json('jobs', 'add', 'office', '--metrics', 'jitter,packet_loss', '--destination', 'example', ...when, ...bounds);
    expect(added).toMatchObject({
      ...{ interval: null, cron: '*/10 * * * *', time_zone: 'Europe/Berlin', kinds: ['ping'], metrics: ['jitter', 'packet_loss'] },
      windows: [{ days: ['mon', 'tue', 'wed', 'thu', 'fri'], from: '08:00', to: '18:00' }, { days: ['sat'] }],
      ...{ start_time: '2099-01-01T00:00:00.000Z', end_time: '2099-12-31T00:00:00.000Z', budget_mb_per_day: 2.5 },
      forecast: { agents: 0, warnings: [] },
    });
    const { out } = await place.tacho('jobs', 'show', 'office');
    expect(out).toContain('state         error: there is no agent yet\n');
    expect(out).toContain('windows       mon,tue,wed,thu,fri 08:00-18:00 (Europe/Berlin)\n              sat 10:00-12:00 (Europe/Berlin)\n');
    expect(out).toContain('budget        2.5 MB a day and agent\n');
    const changed = await place.json('jobs', 'set', 'office', '--interval', '5m', '--kind', 'ping', '--window', '', '--end', '', '--budget', '');
    expect(changed).toMatchObject({ interval: 300, cron: null, windows: [], end_time: null, budget_mb_per_day: null, metrics: ['ping'] });
    expect(await place.json('jobs', 'set', 'office', '--mesh', 'hub:label:site=hq')).toMatchObject({ mesh: { type: 'hub', hub: 'label:site=hq' } });
    expect(await place.json('jobs', 'set', 'office', '--mesh', '')).toMatchObject({ mesh: null });
    await place.tacho('jobs', 'rm', 'office');
  });

  test('shows the runs of a job', async () => {
    expect(await place.tacho('jobs', 'runs', 'edge', '--hours', '2', '--status', 'missing,success')).toEqual({
      code: 0,
      out: '',
      err: 'no run was planned in that time\n',
    });
  });

  test('starts and stops', async () => {
    expect(await place.tacho('jobs', 'stop', 'edge')).toMatchObject({ code: 0, out: 'stopped job edge\n' });
    expect(await place.json('jobs', 'show', '1')).toMatchObject({ enabled: false });
    expect(await place.tacho('jobs', 'run', 'edge')).toEqual({ code: 1, out: '', err: 'tacho: job "edge" is stopped: start it to run it\n' });
    expect(await place.tacho('jobs', 'start', 'edge')).toMatchObject({ code: 0, out: 'started job edge\n' });
  });

  test('says that a job to be run now runs nowhere', async () => {
    expect(await place.tacho('jobs', 'run', 'edge')).toEqual({
      code: 1,
      out: '',
      err: 'no connected agent has this job: tacho agents list shows who is online\n',
    });
  });

  test('removes', async () => {
    expect(await place.tacho('jobs', 'rm', 'fine')).toMatchObject({ code: 0, out: 'removed job fine; what it measured stays\n' });
    expect((await place.json('jobs', 'list')).items.map((job: { name: string }) => job.name)).toEqual(['edge']);
  });

  test.each<[string, string[], number, string]>([
    ['no kind', ['add', 'x'], 2, 'missing --kind: expected one of ping, traceroute, dns, http, throughput, system, or several with commas'],
    [
      'an interval that is none',
      ['set', 'edge', '--interval', 'often'],
      2,
      'invalid --interval: expected a time such as 90s, 5m, 1h or 30d, got "often"',
    ],
    ['an interval too short', ['set', 'edge', '--interval', '5'], 2, 'interval: invalid interval: expected at least 60 s, got 5 s'],
    [
      'a window that is none',
      ['set', 'edge', '--window', 'always'],
      2,
      `invalid --window: expected days and times such as 'mon-fri 09:00-17:00', got "always"`,
    ],
    ['a mesh that is none', ['set', 'edge', '--mesh', 'hub'], 2, 'invalid --mesh: expected full, hub:AGENT or pairs:LABEL, got "hub"'],
    ['a budget that is none', ['set', 'edge', '--budget', '-1'], 2, 'invalid --budget: expected megabytes a day above 0, got "-1"'],
    [
      'an option that is none',
      ['set', 'edge', '--option', 'count'],
      2,
      'invalid --option: expected KIND.KEY=VALUE such as ping.count=5, got "count"',
    ],
    [
      'an option that no kind has',
      ['set', 'edge', '--option', 'ping.cuont=5'],
      2,
      'invalid --option ping.cuont=5: expected for ping one of count, period_ms, timeout_ms, size, family, port, got "cuont"',
    ],
    [
      'a destination that is not there',
      ['set', 'edge', '--destination', 'nowhere'],
      2,
      'destinations[0]: no destination is called or numbered "nowhere"',
    ],
  ])('says in one line what is wrong with %s', async (_what, args, code, message) => {
    expect(await place.tacho('jobs', ...args)).toEqual({ code, out: '', err: `tacho: ${message}\n` });
  });
});

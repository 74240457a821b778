import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AxeResults } from 'axe-core';
import type { Browser, Locator, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { destinationInput } from '../../src/model/destination.ts';
import { jobInput } from '../../src/model/job.ts';
import { runId, type PlannedSeries } from '../../src/model/run.ts';
import { timetableOf } from '../../src/model/timetable/timetable.ts';
import { openSqliteControlStore } from '../../src/store/control/open.ts';
import { Api } from '../support/api.ts';
import { chromiumMissing, launchChromium } from '../support/chromium.ts';
import { startServerProgram, tokenOf, type ServerProgram } from '../support/server-program.ts';

/** For the machine's slowest moment; a passing test waits for none of it but where it says so. */
const PATIENCE_MS = 90_000;
/** Longer than any run of the job may be late. */
const LONG_AGO_MS = 900_000;
const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

if (chromiumMissing !== null) console.warn(`skipped: jobs on the dashboard, because ${chromiumMissing}`);

describe.skipIf(chromiumMissing !== null)('jobs on the dashboard', { timeout: PATIENCE_MS }, () => {
  let data: string;
  let server: ServerProgram;
  let url: string;
  let api: Api;
  let browser: Browser;
  let page: Page;
  let complaints: string[];

  beforeAll(async () => {
    data = mkdtempSync(join(tmpdir(), 'tacho-dashboard-jobs-'));
    const berlin = await planLongAgo(data);
    server = startServerProgram({ data, env: { TACHO_LOCAL_AGENT: 'true' } });
    url = await server.ready;
    api = new Api(url, tokenOf(data));
    await api.created('/api/destinations', { name: 'loop-three', host: '127.0.0.3' });
    const measured = {
      ...{ run: runId(berlin, berlin.since), planned_at: new Date(berlin.since).toISOString(), started_at: new Date(berlin.since).toISOString() },
      ...{ agent: 'berlin', kind: 'ping', destination: 'loop-two', job: 'from-berlin', status: 'success', metrics: { rtt_avg_ms: 1 } },
    };
    await api.post('/api/results', { results: [measured] });
    browser = await launchChromium();
  }, PATIENCE_MS);

  afterAll(async () => {
    await browser.close();
    server.kill('SIGTERM');
    await server.ended;
    rmSync(data, { recursive: true, force: true });
  }, PATIENCE_MS);

  beforeEach(async () => {
    const context = await browser.newContext({
      viewport: { width: 1280, height: 900 },
      reducedMotion: 'reduce',
      colorScheme: 'light',
      timezoneId: 'UTC',
    });
    page = await context.newPage();
    page.setDefaultTimeout(PATIENCE_MS / 3);
    complaints = [];
    page.on('pageerror', (error) => complaints.push(error.message));
    const { link } = await api.created('/api/login-links', {});
    await page.goto(`${url}/login#${link}`);
    await page.getByRole('heading', { name: 'Overview' }).waitFor();
  });

  afterEach(async () => {
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  const dialog = (): Locator => page.getByRole('dialog');
  const row = (name: string): Locator => page.locator('[data-path]', { hasText: name });

  test('a job by a timetable with a window is made by its form, which says when it runs and what it costs', async () => {
    await page.goto(`${url}/jobs?add=true`);
    await dialog().getByLabel('Name').fill('office-hours');
    await dialog().getByRole('checkbox', { name: 'Ping' }).check();
    await dialog().getByRole('combobox', { name: 'Destinations' }).fill('loop-two');
    await page.keyboard.press('Enter');
    await page.keyboard.press('Tab');
    await dialog().locator('summary', { hasText: 'When' }).click();
    await dialog().getByText('By a timetable').click();
    await dialog().getByLabel('Cron').fill('0 12 * * mon-fri');
    await dialog().getByRole('combobox', { name: 'Time zone' }).fill('Berlin');
    await page.getByRole('option', { name: 'Europe/Berlin' }).click();
    await dialog().getByText('12:00 in Europe/Berlin').first().waitFor();
    expect(await dialog().locator('.instants li').count()).toBe(5);

    await dialog().getByRole('button', { name: 'Run only at certain times' }).click();
    await dialog().getByRole('textbox', { name: 'From' }).fill('8 am');
    await dialog().getByRole('button', { name: 'Add job' }).click();
    const from = dialog().getByRole('textbox', { name: 'From' });
    await page.waitForFunction("document.querySelector('.window [aria-invalid=true]') !== null");
    expect(await dialog().locator('.window').innerText()).toContain('invalid from: expected 00:00 to 23:59, got "8 am"');
    await from.fill('08:00');
    await dialog()
      .getByText(/runs? and .* a day by 2 agents/)
      .waitFor();
    expect(await graveFindings(page)).toEqual([]);
    await dialog().getByRole('button', { name: 'Add job' }).click();
    await dialog().waitFor({ state: 'detached' });

    const stored = (await api.get('/api/jobs/office-hours')).body as { state: string };
    expect(stored).toMatchObject({
      cron: '0 12 * * mon-fri',
      interval: null,
      time_zone: 'Europe/Berlin',
      windows: [{ days: ['mon', 'tue', 'wed', 'thu', 'fri'], from: '08:00', to: '18:00' }],
    });
    await row('office-hours').getByText(stored.state, { exact: true }).waitFor();
    await row('office-hours').getByRole('link', { name: 'office-hours' }).click();
    await page.getByRole('heading', { name: 'office-hours', exact: true }).waitFor();
    await page.getByText('The next run is').waitFor();
    await page.getByText('at 0 12 * * mon-fri, mon-fri 08:00 to 18:00 (Europe/Berlin)').waitFor();
    expect(await graveFindings(page)).toEqual([]);
    await page.setViewportSize({ width: 375, height: 812 });
    expect(await page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth')).toBe(0);
  });

  test('a destination that a job names is deleted only where the job does without it', async () => {
    await api.created('/api/jobs', { name: 'uses-three', interval: 3600, kinds: ['ping'], destinations: ['loop-two', 'loop-three'], enabled: false });
    await page.goto(`${url}/destinations`);
    await row('loop-three').getByRole('button', { name: 'Delete loop-three' }).click();
    await page.getByText('is used by job "uses-three"').waitFor();
    expect(await row('loop-three').count()).toBe(1);
    await page.getByRole('button', { name: 'Delete and detach' }).click();
    await row('loop-three').waitFor({ state: 'detached' });
    expect((await api.get('/api/jobs/uses-three')).body).toMatchObject({ destinations: ['loop-two'] });
  });

  test('a job whose agent has gone says so, and its runs are missing', async () => {
    await page.goto(`${url}/jobs/from-berlin`);
    await page.locator('[data-run=success]').first().waitFor();
    await page.getByText('Error: its agent berlin is offline since').waitFor();
    await page.getByRole('button', { name: /missing/ }).click();
    await page.locator('[data-run=missing]').first().waitFor();
    expect(await page.locator('[data-run=success]').count()).toBe(0);
    await page.getByText('nothing was reported; its agent may still deliver it').first().waitFor();
    expect(await graveFindings(page)).toEqual([]);
    await page.getByRole('navigation').getByRole('link', { name: 'Overview' }).click();
    await page.getByText('is not reporting: its agent berlin is offline since').waitFor();
  });
});

/** Leaves a job in the data whose only agent was last seen a while ago: a run is missing only long after its time. */
async function planLongAgo(data: string): Promise<PlannedSeries & { readonly since: number }> {
  const since = Date.now() - LONG_AGO_MS;
  const control = await openSqliteControlStore({ path: join(data, 'control.sqlite'), clock: { now: () => since } });
  try {
    const destination = await control.destinations.create(destinationInput.parse({ name: 'loop-two', host: '127.0.0.2' }));
    const agent = await control.agents.create({ name: 'berlin', labels: {}, external: false });
    await control.agents.report(agent.id, { lastSeenAt: since + 60_000 });
    const input = {
      name: 'from-berlin',
      interval: 60,
      kinds: ['ping'],
      destinations: ['loop-two'],
      agents: ['berlin'],
      options: { ping: { count: 1 } },
    };
    const job = await control.jobs.create(jobInput.parse(input));
    const series = { jobId: job.id, revision: job.revision, agentId: agent.id, destinationId: destination.id, kind: 'ping' };
    await control.planLedger.change({ at: since, ended: [], begun: [{ ...series, timetable: timetableOf(job) }] });
    return { ...series, since };
  } finally {
    await control.close();
  }
}

/** What axe finds on the page as it stands, of what keeps somebody from using it. */
async function graveFindings(page: Page): Promise<string[]> {
  await page.evaluate(AXE);
  const { violations } = await page.evaluate<AxeResults>('axe.run(document)');
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.target.join(' ')).join(', ')}`);
}

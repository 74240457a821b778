import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AxeResults } from 'axe-core';
import type { Browser, Locator, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { Api } from '../support/api.ts';
import { chromiumMissing, launchChromium } from '../support/chromium.ts';
import { startServerProgram, type ServerProgram } from '../support/server-program.ts';

/** For the machine's slowest moment; a passing test waits for none of it. */
const PATIENCE_MS = 90_000;
const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

if (chromiumMissing !== null) console.warn(`skipped: the dashboard against a real server, because ${chromiumMissing}`);

describe.skipIf(chromiumMissing !== null)('the dashboard against a real server', { timeout: PATIENCE_MS }, () => {
  let data: string;
  let server: ServerProgram;
  let url: string;
  let api: Api;
  let browser: Browser;
  let page: Page;
  /** What the page complained of: policy violations and exceptions. */
  let complaints: string[];

  beforeAll(async () => {
    data = mkdtempSync(join(tmpdir(), 'tacho-dashboard-'));
    server = startServerProgram({ data, env: { TACHO_LOCAL_AGENT: 'true', TACHO_DEFAULT_DESTINATIONS: 'loopback' } });
    url = await server.ready;
    api = new Api(url, readFileSync(join(data, 'token'), 'utf8').trim());
    browser = await launchChromium();
  }, PATIENCE_MS);

  afterAll(async () => {
    await browser.close();
    server.kill('SIGTERM');
    await server.ended;
    rmSync(data, { recursive: true, force: true });
  }, PATIENCE_MS);

  beforeEach(async () => {
    const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, reducedMotion: 'reduce', colorScheme: 'light' });
    page = await context.newPage();
    page.setDefaultTimeout(PATIENCE_MS / 3);
    complaints = [];
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('console', (message) => {
      // A refused request is logged by the browser itself; the page's own words about it are tested.
      if (message.type() === 'error' && !message.text().startsWith('Failed to load resource')) complaints.push(message.text());
    });
    const { link } = await api.created('/api/login-links', {});
    await page.goto(`${url}/login#${link}`);
    await page.getByRole('heading', { name: 'Overview' }).waitFor();
  });

  afterEach(async () => {
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  const to = (name: string): Promise<void> => page.getByRole('navigation').getByRole('link', { name }).click();
  const row = (name: string): Locator => page.locator('[data-path]', { hasText: name });
  const dialog = (): Locator => page.getByRole('dialog');
  /** How often a job runs is folded away at first. */
  const everyField = async (): Promise<Locator> => {
    const field = dialog().getByRole('textbox', { name: 'Every' });
    if (!(await field.isVisible())) {
      // A list that is open would lie over it.
      await page.keyboard.press('Tab');
      await dialog().locator('summary', { hasText: 'When' }).click();
    }
    return field;
  };
  const jobs = async (): Promise<{ name: string; enabled: boolean; interval: number; options: unknown }[]> => api.all('/api/jobs');

  test('adds a destination and a job by their forms, and their first result arrives while one looks', async () => {
    await to('Destinations');
    await page.getByRole('button', { name: 'Add destination' }).click();
    await dialog().getByLabel('Name').fill('loop-two');
    await dialog().getByLabel('Host').fill('127.0.0.2');
    await dialog().getByRole('button', { name: 'Add destination' }).click();
    await row('loop-two').waitFor();
    await dialog().waitFor({ state: 'detached' });

    await to('Jobs');
    await page.getByRole('button', { name: 'Add job' }).click();
    await dialog().getByLabel('Name').fill('quick-look');
    await dialog().getByRole('checkbox', { name: 'Ping' }).check();
    await dialog().getByRole('combobox', { name: 'Destinations' }).fill('loop-two');
    await page.keyboard.press('Enter');
    await (await everyField()).fill('3600');
    await dialog().getByText('How Ping measures').click();
    await dialog().getByLabel('Packets').fill('2');
    await dialog().getByLabel('Period').fill('20');
    await dialog().getByRole('button', { name: 'Add job' }).click();
    await row('quick-look').getByText('running', { exact: true }).waitFor();
    expect(await jobs()).toContainEqual(
      expect.objectContaining({ name: 'quick-look', interval: 3600, options: { ping: { count: 2, period_ms: 20 } }, destinations: ['loop-two'] }),
    );

    await row('quick-look').getByRole('link', { name: 'loop-two' }).click();
    await page.getByRole('heading', { name: 'loop-two', exact: true }).waitFor();
    const results = page.locator('.results-table tbody tr', { hasText: 'Ping' });
    await results.filter({ hasText: 'success' }).first().waitFor();
    const before = await results.count();
    await page.evaluate("document.body.dataset.sameDocument = 'yes'");
    await api.post('/api/jobs/quick-look/run', {});
    await results.nth(before).waitFor();
    expect(await page.evaluate('document.body.dataset.sameDocument')).toBe('yes');
    await page.locator('[data-drawn]').first().waitFor();
  });

  test("says the API's own words at the fields they belong to", async () => {
    await page.goto(`${url}/jobs?add=true`);
    await dialog().getByLabel('Name').fill('wrong');
    await dialog().getByRole('checkbox', { name: 'Ping' }).check();
    await dialog().getByRole('combobox', { name: 'Destinations' }).fill('nowhere-at-all');
    await page.keyboard.press('Enter');
    await (await everyField()).fill('5');
    await dialog().getByRole('button', { name: 'Add job' }).click();
    const every = dialog().getByRole('textbox', { name: 'Every' });
    await expectProblem(every, 'invalid interval: expected at least 60 s, got 5 s');
    await every.fill('60');
    await dialog().getByText('How Ping measures').click();
    await dialog().getByLabel('Packets').fill('100000');
    await dialog().getByRole('button', { name: 'Add job' }).click();
    await expectProblem(dialog().getByLabel('Packets'), '1000');
    await expectProblem(dialog().getByRole('combobox', { name: 'Destinations' }), 'no destination is called or numbered "nowhere-at-all"');
    expect(await graveFindings(page)).toEqual([]);
    await page.keyboard.press('Escape');
    await dialog().waitFor({ state: 'detached' });
    expect((await jobs()).some((job) => job.name === 'wrong')).toBe(false);
  });

  test('a list of a form opens with a click, not with the focus; Escape closes the list first, then the form', async () => {
    await page.goto(`${url}/jobs?add=true`);
    const field = dialog().getByRole('combobox', { name: 'Destinations' });
    const offered = page.getByRole('option', { name: 'this-host' });
    await dialog().getByRole('checkbox', { name: 'System' }).focus();
    await page.keyboard.press('Tab');
    await page.waitForFunction("document.activeElement?.getAttribute('role') === 'combobox'");
    expect(await field.getAttribute('aria-expanded')).toBe('false');
    await field.click();
    await offered.waitFor();
    await page.keyboard.press('Escape');
    await offered.waitFor({ state: 'hidden' });
    expect(await dialog().count()).toBe(1);
    await field.click();
    await offered.click();
    await dialog().getByText('this-host').first().waitFor();
    await page.keyboard.press('Escape');
    await page.keyboard.press('Escape');
    await dialog().waitFor({ state: 'detached' });
  });

  test('says in its own words what was forgotten, and takes it back when that is filled', async () => {
    await page.goto(`${url}/jobs?add=true`);
    const name = dialog().getByLabel('Name');
    await dialog().getByText('every 1 min', { exact: true }).waitFor();
    await dialog().getByRole('button', { name: 'Add job' }).click();
    await expectProblem(name, 'Give the job a name');
    await dialog().getByText('Choose at least one').waitFor();
    await name.fill('filled');
    await expect.poll(() => name.getAttribute('aria-invalid')).not.toBe('true');
    await dialog().getByText('Choose at least one').waitFor();
    await dialog().getByRole('checkbox', { name: 'Ping' }).check();
    await dialog().getByText('Choose at least one').waitFor({ state: 'detached' });
    await dialog().getByRole('button', { name: 'Add job' }).click();
    await dialog().getByText('Choose at least one: Ping needs something to measure').waitFor();
  });

  test('a page opened before the first result fills by itself, over the range that shows it', async () => {
    await api.created('/api/destinations', { name: 'later', host: '127.0.0.3' });
    await page.goto(`${url}/destinations/later`);
    await page.getByText('Nothing has been measured here yet.').waitFor();
    expect(await page.locator('[data-drawn]').count()).toBe(0);
    await api.post('/api/results', { results: posted('ping', { destination: 'later', metrics: { rtt_avg_ms: 3, packet_loss_pct: 0 } }) });
    await page.locator('[data-drawn]').first().waitFor();
    await page.getByText('Ping over the last 30 days').waitFor();
    await page.goto(`${url}/?destination=later`);
    await page.getByRole('heading', { name: 'Latency and loss to later' }).waitFor();
    const token = readFileSync(join(data, 'token'), 'utf8').trim();
    const gone = await fetch(`${url}/api/destinations/later`, { method: 'DELETE', headers: { authorization: `Bearer ${token}` } });
    expect(gone.status).toBe(204);
    await page.reload();
    await page.getByRole('heading', { name: 'Latency and loss to this-host' }).waitFor();
  });

  test('a machine that only posts shows what it posted, and no card of an agent', async () => {
    const metrics = { download_mbps: 90, upload_mbps: 40, ping_ms: 12 };
    await api.post('/api/results', { results: posted('speedtest', { agent: 'poster', metrics }) });
    await page.goto(`${url}/agents/poster`);
    await page.getByText('This machine only posts results.').waitFor();
    await page.getByText('25 results').waitFor();
    await page.getByRole('heading', { name: 'Speed test: download, upload' }).waitFor();
    await page.getByRole('heading', { name: 'Speed test: ping' }).waitFor();
    await page.locator('[data-drawn]').nth(1).waitFor();
    for (const card of ['Spool', 'Version', 'Platform', 'Clock']) expect(await page.getByText(card, { exact: true }).count()).toBe(0);
    await page.locator('.range-wide').getByText('all', { exact: true }).click();
    await page.getByText('Speed test over all there is').first().waitFor();
    await page.getByText(/Download was 90\.00\sMbit\/s on/).waitFor();
  });

  test('the API is described on one page of its own, in the colours of the system and on a phone', async () => {
    const asked: string[] = [];
    await page.getByRole('link', { name: 'API docs' }).first().waitFor();
    // Left first, so that nothing the dashboard still asks for counts.
    await page.goto('about:blank');
    page.on('request', (request) => asked.push(new URL(request.url()).pathname));
    await page.goto(`${url}/docs`);
    await page.getByRole('heading', { name: 'Tachograph API' }).waitFor();
    expect(asked.filter((path) => path !== '/favicon.svg')).toEqual(['/docs']);
    const colours = (): Promise<string> => page.evaluate('getComputedStyle(document.body).backgroundColor');
    const light = await colours();
    await page.emulateMedia({ colorScheme: 'dark' });
    expect(await colours()).not.toBe(light);
    expect(await graveFindings(page)).toEqual([]);
    await page.setViewportSize({ width: 375, height: 812 });
    expect(await page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth')).toBe(0);
  });

  test('edits, stops, starts and runs a job; Escape leaves a form and gives the focus back', async () => {
    await api.created('/api/jobs', { name: 'to-change', interval: 3600, kinds: ['system'] });
    await to('Jobs');
    const edit = row('to-change').getByRole('button', { name: 'Edit to-change' });
    await edit.click();
    await dialog().getByLabel('Name').waitFor();
    await page.keyboard.press('Escape');
    await dialog().waitFor({ state: 'detached' });
    await page.waitForFunction("document.activeElement?.getAttribute('aria-label') === 'Edit to-change'");

    await edit.press('Enter');
    await dialog().getByLabel('Name').fill('changed');
    await (await everyField()).fill('7200');
    await dialog().getByRole('button', { name: 'Save' }).click();
    await row('changed').getByText('2 h').waitFor();
    await row('changed').getByRole('button', { name: 'Stop changed' }).click();
    await row('changed').getByText('stopped', { exact: true }).waitFor();
    expect(await jobs()).toContainEqual(expect.objectContaining({ name: 'changed', interval: 7200, enabled: false }));
    await row('changed').getByRole('button', { name: 'Start changed' }).click();
    await row('changed').getByText('running', { exact: true }).waitFor();
    await row('changed').getByRole('button', { name: 'Run now: changed' }).click();
    await page.getByText('changed runs now on').waitFor();
  });

  test('a deletion can be undone; left alone, or the page left, it is done', async () => {
    for (const name of ['kept', 'gone', 'left']) await api.created('/api/jobs', { name, interval: 3600, kinds: ['system'], enabled: false });
    await to('Jobs');
    await row('kept').getByRole('button', { name: 'Delete kept' }).click();
    await row('kept').waitFor({ state: 'detached' });
    // The focus is on the way back already.
    await page.waitForFunction("document.activeElement?.textContent === 'Undo'");
    await page.keyboard.press('Enter');
    await row('kept').waitFor();
    await page.getByText('Deleted job kept').waitFor({ state: 'detached' });

    await row('gone').getByRole('button', { name: 'Delete gone' }).click();
    await page.getByText('Deleted job gone').waitFor();
    expect((await jobs()).map((job) => job.name)).toContain('gone');
    await page.getByText('Deleted job gone').waitFor({ state: 'detached' });
    await expect.poll(async () => (await jobs()).map((job) => job.name)).not.toContain('gone');
    expect(await row('gone').count()).toBe(0);

    await row('left').getByRole('button', { name: 'Delete left' }).click();
    await page.getByText('Deleted job left').waitFor();
    await page.goto(`${url}/docs`);
    await expect.poll(async () => (await jobs()).map((job) => job.name)).not.toContain('left');
    expect((await jobs()).map((job) => job.name)).toContain('kept');
  });

  test('keeps the filter and the order of a list in its address', async () => {
    for (const name of ['sorted-a', 'sorted-b']) await api.created('/api/destinations', { name, host: '127.0.0.1' });
    await to('Destinations');
    await page.getByRole('searchbox', { name: 'Filter destinations' }).fill('sorted');
    await page.getByRole('button', { name: 'Name' }).click();
    await page.waitForURL(`${url}/destinations?q=sorted&sort=-name`);
    await page.reload();
    await row('sorted-b').waitFor();
    expect(await page.locator('[data-path] th a').allTextContents()).toEqual(['sorted-b', 'sorted-a']);
  });

  test('an agent has a page of its own, where it is named and labelled', async () => {
    const token = await api.enrolmentToken('for-the-test');
    await api.enrol('second', token);
    await page.goto(`${url}/agents/second`);
    await page.getByText('It has never connected.').waitFor();
    await page.getByRole('button', { name: 'Edit' }).click();
    await dialog().getByLabel('Name').fill('renamed');
    await dialog().getByRole('combobox', { name: 'Labels' }).fill('site=berlin');
    await page.keyboard.press('Enter');
    await dialog().getByRole('button', { name: 'Save' }).click();
    await page.waitForURL(`${url}/agents/renamed`);
    await page.getByText('site=berlin').waitFor();
    await page.goto(`${url}/agents/nobody`);
    await page.getByText('No agent is called nobody').waitFor();
  });

  test('dragging over a chart asks for that part in finer buckets, and a double click goes back', async () => {
    await page.goto(`${url}/destinations/this-host?range=24h`);
    const chart = page.locator('.chart-drag').first();
    await page.locator('[data-drawn]').first().waitFor();
    const box = await chart.boundingBox();
    if (box === null) throw new Error('the chart is not there');
    const asked = page.waitForRequest((request) => new URL(request.url()).searchParams.get('bucket_s') === '60');
    // The server is minutes old: what it measured is at the right end.
    await page.mouse.move(box.x + box.width * 0.9, box.y + 80);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width - 4, box.y + 90, { steps: 4 });
    await page.mouse.up();
    const { searchParams } = new URL((await asked).url());
    const span = Date.parse(searchParams.get('to') ?? '') - Date.parse(searchParams.get('from') ?? '');
    expect(span).toBeGreaterThan(1.5 * 3_600_000);
    expect(span).toBeLessThan(3 * 3_600_000);
    expect(new URL(page.url()).searchParams.get('from')).toBe(searchParams.get('from'));
    await page.getByRole('button', { name: /back to now/ }).waitFor();
    await chart.dblclick({ position: { x: 200, y: 80 } });
    await page.waitForURL(`${url}/destinations/this-host?range=24h`);
  });

  describe.each(['light', 'dark'] as const)('in %s colours', (colorScheme) => {
    test.each([
      '/login',
      '/',
      '/agents',
      'an agent',
      '/destinations',
      '/destinations/this-host',
      '/jobs',
      '/jobs?add=true',
      '/destinations?add=true',
    ])('axe finds nothing serious on %s', async (path) => {
      const [agent] = await api.all('/api/agents');
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      await page.goto(url + (path === 'an agent' ? `/agents/${agent.name}` : path));
      await (path.includes('add') ? dialog().getByLabel('Name') : page.getByRole('heading', { level: 1 })).waitFor();
      await page.waitForLoadState('networkidle');
      expect(await graveFindings(page)).toEqual([]);
    });
  });

  // The last one: a new password ends every session.
  test('signs in by the password once one is set', async () => {
    const token = readFileSync(join(data, 'token'), 'utf8').trim();
    const set = await fetch(`${url}/api/password`, {
      method: 'PUT',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ password: 'correct horse battery' }),
    });
    expect(set.status).toBe(204);
    await page.goto(`${url}/jobs`);
    await page.getByLabel('Password').fill('something else entirely');
    await page.getByRole('button', { name: 'Sign in', exact: true }).click();
    await page.getByRole('alert').filter({ hasText: 'Could not sign in' }).waitFor();
    await page.getByLabel('Password').fill('correct horse battery');
    await page.getByRole('button', { name: 'Sign in', exact: true }).click();
    await page.getByRole('heading', { name: 'Jobs', exact: true }).waitFor();
  });
});

/** Results of a day each, the newest of yesterday. */
function posted(kind: string, change: object): object[] {
  const day = 86_400_000;
  return Array.from({ length: 25 }, (_, i) => ({
    ...{ kind, status: 'success', started_at: new Date(Date.now() - (i + 1) * day).toISOString(), duration_ms: 10, agent: 'outside' },
    ...change,
  }));
}

/** The field is marked as wrong and says why. */
async function expectProblem(field: Locator, words: string): Promise<void> {
  await expect.poll(() => field.getAttribute('aria-invalid')).toBe('true');
  const described = ((await field.getAttribute('aria-describedby')) ?? '').split(/\s+/).filter((id) => id !== '');
  const texts = await Promise.all(described.map((id) => field.page().locator(`[id="${id}"]`).textContent()));
  expect(texts.join(' ')).toContain(words);
}

/** What axe calls serious or critical on the page as it stands. */
async function graveFindings(page: Page): Promise<unknown[]> {
  await page.evaluate(AXE);
  const { violations } = await page.evaluate<AxeResults>('axe.run()');
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, help, nodes }) => ({ id, help, at: nodes.map((node) => node.html) }));
}

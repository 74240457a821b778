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
    await dialog().getByLabel('Every').fill('3600');
    await dialog().getByText('How Ping measures').click();
    await dialog().getByLabel('Packets').fill('2');
    await dialog().getByLabel('Period').fill('20');
    await dialog().getByRole('button', { name: 'Add job' }).click();
    await row('quick-look').getByText('running').waitFor();
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
    await dialog().getByLabel('Every').fill('5');
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
    await dialog().getByLabel('Every').fill('7200');
    await dialog().getByRole('button', { name: 'Save' }).click();
    await row('changed').getByText('2 h').waitFor();
    await row('changed').getByRole('button', { name: 'Stop changed' }).click();
    await row('changed').getByText('stopped').waitFor();
    expect(await jobs()).toContainEqual(expect.objectContaining({ name: 'changed', interval: 7200, enabled: false }));
    await row('changed').getByRole('button', { name: 'Start changed' }).click();
    await row('changed').getByText('running').waitFor();
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
    await page.getByText('It is silent.').waitFor();
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

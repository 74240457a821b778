import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { build } from 'vite';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { chromiumMissing, launchChromium } from '../../test/support/chromium.ts';
import { FakeApi } from './fake-api.ts';
import { FakeFleet } from './fake-fleet.ts';

const SECRET = 'tacho_l_a-secret-for-this-test';
/** For the machine's slowest moment; a passing test waits for none of it. */
const PATIENCE_MS = 60_000;

if (chromiumMissing !== null) console.warn(`skipped: the dashboard in a browser, because ${chromiumMissing}`);

describe.skipIf(chromiumMissing !== null)('the dashboard in a browser', { timeout: PATIENCE_MS }, () => {
  let dist: string;
  let browser: Browser;
  let fleet: FakeFleet;
  let api: FakeApi;
  let base: string;
  let page: Page;
  /** What the page complained of: policy violations, exceptions, requests to elsewhere. */
  let complaints: string[];

  beforeAll(async () => {
    dist = await mkdtemp(join(tmpdir(), 'tacho-web-'));
    await build({ root: join(import.meta.dirname, '..'), logLevel: 'error', build: { outDir: dist, emptyOutDir: true } });
    browser = await launchChromium();
  }, PATIENCE_MS * 2);

  afterAll(async () => {
    await browser.close();
    await rm(dist, { recursive: true });
  });

  beforeEach(async () => {
    fleet = new FakeFleet(() => Date.now());
    api = new FakeApi(fleet, dist);
    base = await api.listen();
    complaints = [];
    const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, colorScheme: 'light', reducedMotion: 'reduce' });
    page = await context.newPage();
    page.setDefaultTimeout(PATIENCE_MS / 2);
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('console', (message) => {
      // A refused request is logged by the browser itself; the page's own words about it are tested.
      if (message.type() === 'error' && !message.text().startsWith('Failed to load resource') && !message.text().includes('WebSocket connection to'))
        complaints.push(message.text());
    });
    page.on('request', (request) => {
      if (new URL(request.url()).origin !== base) complaints.push(`asked ${request.url()}`);
    });
  });

  afterEach(async () => {
    await page.context().close();
    await api.close();
  });

  const signIn = async (): Promise<void> => {
    await page.goto(base + api.link(SECRET));
    await page.getByRole('heading', { name: 'Overview' }).waitFor();
  };

  test('signs in by the one-time link, which leaves the address, and shows agents, results and the chart', async () => {
    await signIn();
    expect(page.url()).toBe(`${base}/`);
    await page.locator('[data-agent="workshop"]', { hasText: 'online' }).waitFor();
    await page.getByText('The agent workshop is online.').waitFor();
    await page.getByText('fping 5.1').waitFor();
    await page.locator('[data-drawn]').waitFor();
    await page.waitForFunction(() => {
      const canvas = document.querySelector<HTMLCanvasElement>('.chart-canvas canvas');
      const pixels = canvas?.getContext('2d')?.getImageData(0, 0, canvas.width, canvas.height).data;
      return pixels?.some((value) => value !== 0);
    });
    expect(await page.getByRole('img', { name: /^Latency is [\d.]+\sms now/ }).count()).toBe(1);
    expect(complaints).toEqual([]);
  });

  test('shows a result the moment it is stored, without a reload', async () => {
    await signIn();
    await page.locator('.results-table tbody tr').first().waitFor();
    await page.evaluate(() => {
      document.body.dataset['sameDocument'] = 'yes';
    });
    const stored = fleet.store({ id: 'just-now', metrics: { rtt_avg_ms: 43.21, packet_loss_pct: 0 } });
    api.say({ type: 'results', seq: 1, items: [stored] });
    const row = page.locator('[data-result="just-now"]');
    await row.getByText('43.21').waitFor();
    expect(await page.locator('.results-table tbody tr').first().getAttribute('data-result')).toBe('just-now');
    expect(await page.locator('body').getAttribute('data-same-document')).toBe('yes');
    expect(complaints).toEqual([]);
  });

  test('holds rows still while paused, and says how many wait', async () => {
    await signIn();
    await page.locator('.results-table tbody tr').first().waitFor();
    await page.getByRole('button', { name: 'Pause' }).click();
    await page.mouse.move(5, 5);
    api.say({ type: 'results', seq: 1, items: [fleet.store({ id: 'while-paused' })] });
    await page.getByText('1 newer, held while you read.').waitFor();
    expect(await page.locator('[data-result="while-paused"]').count()).toBe(0);
    await page.getByRole('button', { name: 'Go on' }).click();
    await page.locator('[data-result="while-paused"]').waitFor();
  });

  test('says what fails and where, and which agent is silent', async () => {
    await signIn();
    await page.getByText('The agent workshop is online.').waitFor();
    const failure = { source: 'target', code: 'refused', message: 'gateway refused the connection' } as const;
    api.say({ type: 'results', seq: 1, items: [fleet.store({ id: 'failed-now', status: 'failed', failure, metrics: {} })] });
    api.say({ type: 'agent', seq: 1, item: fleet.changeAgent(0, { state: 'offline' }) });
    await page.getByText('Ping to gateway failed on workshop: gateway refused the connection.').waitFor();
    await page.getByText(/The agent workshop has been silent since/).waitFor();
    await page.locator('[data-agent="workshop"]', { hasText: 'offline' }).waitFor();
    await page.getByText('Not all agents report: workshop is silent.').waitFor();
  });

  test('a link that was used says so, and how to get another', async () => {
    await page.goto(`${base}/login#tacho_l_used-already`);
    await page.getByText('This link was used already or has expired.').waitFor();
    expect(await page.getByRole('alert').textContent()).toContain('tacho login-link');
    expect(page.url()).toBe(`${base}/login`);
  });

  test('goes to the sign-in without a session, and back to where one was', async () => {
    await page.goto(`${base}/destinations/resolver?range=6h`);
    await page.getByRole('heading', { name: 'Sign in' }).waitFor();
    api.link(SECRET);
    await page.getByLabel('Or paste the link here').fill(`${base}/login#${SECRET}`);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('heading', { name: 'resolver', exact: true }).waitFor();
    expect(page.url()).toBe(`${base}/destinations/resolver?range=6h`);
    await page.locator('[data-drawn]').waitFor();
  });

  test('goes to the sign-in when the session ends while it is open', async () => {
    await signIn();
    await page.getByText('live', { exact: true }).waitFor();
    api.endSession();
    await page.getByText('Your session is over.').waitFor();
  });

  test('says since when it is not live, and is whole again after reconnecting', async () => {
    await signIn();
    await page.getByText('live', { exact: true }).waitFor();
    api.broken = true;
    api.disconnect(1012);
    await page.getByText(/Not live since \d\d:\d\d:\d\d/).waitFor();
    // Stored while nobody listened: it must come with the questions asked anew.
    fleet.store({ id: 'while-away', metrics: { rtt_avg_ms: 77.77 } });
    api.broken = false;
    await page.getByText('live', { exact: true }).waitFor();
    await page.locator('[data-result="while-away"]').waitFor();
    expect(await page.getByText(/Not live since/).count()).toBe(0);
  });

  test('keeps the destination, the range and the scale in the address', async () => {
    await signIn();
    await page.locator('[data-drawn]').waitFor();
    await page.locator('.range-wide').getByText('24 h', { exact: true }).click();
    await page.getByText('log', { exact: true }).click();
    await page.getByRole('combobox', { name: 'Destination' }).click();
    await page.getByRole('option', { name: 'resolver' }).click();
    await page.getByRole('heading', { name: 'Latency and loss to resolver' }).waitFor();
    const search = new URL(page.url()).searchParams;
    expect(Object.fromEntries(search)).toEqual({ destination: 'resolver', range: '24h', scale: 'log' });
    await page.reload();
    await page.getByRole('heading', { name: 'Latency and loss to resolver' }).waitFor();
  });

  test('the chart is read point by point with the keys, and as a table', async () => {
    await signIn();
    await page.locator('[data-drawn]').waitFor();
    await page.getByRole('img', { name: /The arrow keys read the points/ }).focus();
    await page.keyboard.press('End');
    await page
      .getByRole('status')
      .filter({ hasText: /workshop: (median|no reply)/ })
      .waitFor();
    await page.keyboard.press('+');
    await page.waitForURL(/from=.*&to=/);
    await page.getByRole('img', { name: /plus and minus zoom/ }).focus();
    await page.keyboard.press('-');
    await page.waitForURL(`${base}/`);
    await page.getByText('Show the numbers').click();
    await page.getByRole('columnheader', { name: 'Median (ms)' }).waitFor();
  });

  test.each([
    { width: 375, height: 812 },
    { width: 768, height: 1024 },
    { width: 1600, height: 1000 },
  ])('fits a window of $width px without scrolling sideways', async (size) => {
    await page.setViewportSize(size);
    await signIn();
    await page.locator('[data-drawn]').waitFor();
    const beyond = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    expect(beyond).toBeLessThanOrEqual(0);
  });

  test('follows the system colours, and keeps another choice', async () => {
    await page.emulateMedia({ colorScheme: 'dark' });
    await signIn();
    const isNow = (scheme: string): Promise<void> => page.locator(`html[data-mantine-color-scheme="${scheme}"]`).waitFor();
    await isNow('dark');
    await page.getByRole('button', { name: 'Colours: as the system. Change to light' }).click();
    await isNow('light');
    await page.reload();
    await page.getByRole('heading', { name: 'Overview' }).waitFor();
    await isNow('light');
  });

  test('signs out', async () => {
    await signIn();
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByRole('heading', { name: 'Sign in' }).waitFor();
    await page.goto(base);
    await page.getByRole('heading', { name: 'Sign in' }).waitFor();
  });
});

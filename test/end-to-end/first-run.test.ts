import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { chromiumMissing, launchChromium } from '../support/chromium.ts';
import { eventually } from '../support/eventually.ts';
import { startServerProgram, type ServerProgram } from '../support/server-program.ts';

if (chromiumMissing !== null) console.warn(`skipped: the first run in a browser, because ${chromiumMissing}`);

describe.skipIf(chromiumMissing !== null)('the first run, in a browser', { timeout: 60_000 }, () => {
  let data: string;
  let server: ServerProgram;
  let url: string;
  /** The one-time link that the first start prints. */
  let loginUrl: string;
  let browser: Browser;

  beforeAll(async () => {
    data = mkdtempSync(join(tmpdir(), 'tacho-first-run-'));
    server = startServerProgram({ data, env: { TACHO_LOCAL_AGENT: 'true', TACHO_DEFAULT_DESTINATIONS: 'loopback' } });
    url = await server.ready;
    const link = (): string | undefined => /^Sign in once, .*: (\S+)$/m.exec(server.stdout())?.[1];
    await eventually(() => link() !== undefined);
    loginUrl = link() ?? '';
    browser = await launchChromium();
  }, 60_000);

  afterAll(async () => {
    await browser.close();
    server.kill('SIGTERM');
    await server.ended;
    rmSync(data, { recursive: true, force: true });
  }, 60_000);

  test('signs in by the printed link, shows the local agent online, and a result arrives without a reload', async () => {
    const page = await browser.newPage();
    const complaints: string[] = [];
    page.on('pageerror', (error) => complaints.push(error.message));
    await page.goto(loginUrl);
    await page.getByRole('heading', { name: 'Overview' }).waitFor();
    expect(page.url()).toBe(`${url}/`);
    await page.locator('[data-agent]', { hasText: 'online' }).waitFor();
    await page.locator('.results-table tbody tr').first().waitFor();
    await page.evaluate("document.body.dataset.sameDocument = 'yes'");

    // A new job's first run is at once, so its result comes while the page is looked at.
    const token = readFileSync(join(data, 'token'), 'utf8').trim();
    const created = await fetch(`${url}/api/jobs`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify({
        name: 'right-now',
        interval: 3600,
        kinds: ['http'],
        destinations: ['this-host'],
        options: { http: { timeout_ms: 2000 } },
      }),
    });
    expect(created.status).toBe(201);
    await page.locator('.results-table tbody tr', { hasText: 'this-host' }).filter({ hasText: 'HTTP' }).first().waitFor();
    expect(await page.evaluate('document.body.dataset.sameDocument')).toBe('yes');
    expect(complaints).toEqual([]);
    await page.close();
  });

  test('the link signs in once only', async () => {
    const page = await browser.newPage();
    await page.goto(loginUrl);
    await page.getByText('This link was used already or has expired.').waitFor();
    await page.close();
  });
});

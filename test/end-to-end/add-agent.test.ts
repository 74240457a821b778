import { spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Api } from '../support/api.ts';
import { chromiumMissing, launchChromium } from '../support/chromium.ts';
import { startServerProgram } from '../support/server-program.ts';

const PATIENCE_MS = 60_000;

if (chromiumMissing !== null) console.warn(`skipped: adding an agent in the dashboard, because ${chromiumMissing}`);

test.skipIf(chromiumMissing !== null || process.platform !== 'linux')(
  'the dashboard shows one line, and the machine that pasted it as soon as it is there',
  async () => {
    const root = mkdtempSync(join(tmpdir(), 'tacho-add-agent-'));
    const data = join(root, 'data');
    const bin = join(root, 'bin');
    mkdirSync(bin);
    // Tests must not change the machine: what would be root's stays below the home directory.
    writeFileSync(join(bin, 'sudo'), '#!/bin/sh\nexec "$@" --run\n');
    chmodSync(join(bin, 'sudo'), 0o755);
    const server = startServerProgram({ data });
    const url = await server.ready;
    const api = new Api(url, readFileSync(join(data, 'token'), 'utf8').trim());
    const browser = await launchChromium();
    const shell = spawn('/bin/sh', [], { env: { HOME: root, PATH: `${bin}:/usr/bin:/bin` }, stdio: ['pipe', 'ignore', 'ignore'], detached: true });
    const gone = new Promise((resolve) => shell.once('exit', resolve));
    try {
      const page = await (await browser.newContext({ viewport: { width: 1280, height: 900 }, reducedMotion: 'reduce' })).newPage();
      page.setDefaultTimeout(PATIENCE_MS / 2);
      const { link } = await api.created('/api/login-links', {});
      await page.goto(`${url}/login#${link}`);
      await page.getByRole('link', { name: 'Agents' }).click();
      await page.getByRole('button', { name: 'Add agent' }).click();
      await page.getByRole('textbox', { name: 'Name' }).fill('field-office');
      await page.getByRole('button', { name: 'Show the line' }).click();
      const line = await page.getByLabel('The line to paste').innerText();
      expect(line).toContain(`"$(curl -fsS ${url}/agent/install.sh || echo exit 1)" tacho --name field-office`);
      await page.getByText('Waiting for the machine.').waitFor();
      const { items } = (await api.get('/api/enrollment-tokens')).body;
      expect(items).toMatchObject([{ name: 'field-office', max_uses: 1, uses: 0, expires_at: expect.any(String) }]);

      shell.stdin.end(`${line}\n`);
      await page.getByRole('status').getByText('is here, and online.').waitFor();
      await page.getByRole('status').getByRole('link', { name: 'field-office' }).click();
      await page.getByRole('heading', { name: 'field-office' }).waitFor();
    } finally {
      // Its own group: the shell, the installer, and the agent that it became.
      if (shell.pid !== undefined && shell.exitCode === null) process.kill(-shell.pid, 'SIGTERM');
      await gone;
      await browser.close();
      await server.end('SIGTERM');
      rmSync(root, { recursive: true, force: true });
    }
  },
  PATIENCE_MS,
);

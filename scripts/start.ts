import { createRequire } from 'node:module';
import { join } from 'node:path';
import { liveAndDieWithNpm } from './npm-child.ts';
import { prepare } from './prepare.ts';

const launcher = join(import.meta.dirname, '../bin/tacho.js');

liveAndDieWithNpm();
try {
  await prepare((line) => {
    console.error(line);
  });
  // The server runs in this very process, so the signals that npm or a terminal sends are its own.
  process.argv = [process.execPath, launcher, 'server', ...process.argv.slice(2)];
  createRequire(import.meta.url)(launcher);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}

import { processIo } from './io.ts';
import { runCommandLine } from './run-command-line.ts';

// Whoever read the output, such as head, may have seen enough.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit(0);
});

await runCommandLine(process.argv.slice(2), processIo());

import process from 'node:process';

// Imported into a program before its own code: where whoever started it is gone, nobody is left to end it.
process.stdin.once('close', () => process.exit(1)).resume();
// The program ends by itself when it has nothing more to do.
if ('unref' in process.stdin) process.stdin.unref();

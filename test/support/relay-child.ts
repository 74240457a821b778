import { connect, createServer } from 'node:net';

// Run in a network namespace: hands what comes through a Unix socket on to a port there. "SOCKET PORT" are its arguments.
const [socketPath = '', port = ''] = process.argv.slice(2);
createServer((outside) => {
  const inside = connect(Number(port), '127.0.0.1');
  outside.pipe(inside).pipe(outside);
  // Either end may go; the other follows.
  outside.on('error', () => inside.destroy());
  inside.on('error', () => outside.destroy());
}).listen(socketPath, () => process.stdout.write('relaying\n'));

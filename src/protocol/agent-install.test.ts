import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { agentManifest, installLine, shellWord, targetName } from './agent-install.ts';

test('a line holds the token in front of the pipe and nowhere else', () => {
  const line = installLine({ serverUrl: 'https://tacho.example.org/', token: 'tacho_e_secret', name: "it's" });
  expect(line).toBe(
    `echo tacho_e_secret | sudo sh -c "$(curl -fsS https://tacho.example.org/agent/install.sh || echo exit 1)" tacho --name 'it'\\''s'`,
  );
});

test('whatever is quoted, a shell reads as that', () => {
  fc.assert(
    fc.property(
      fc.array(
        fc.string({ unit: 'grapheme' }).filter((text) => !text.includes('\0')),
        { minLength: 1, maxLength: 20 },
      ),
      (texts) => {
        const printed = execFileSync('/bin/sh', [], { input: `for x in ${texts.map(shellWord).join(' ')}; do printf '%s\\0' "$x"; done\n` });
        expect(printed.toString('utf8').split('\0').slice(0, -1)).toEqual(texts);
      },
    ),
    { numRuns: 25 },
  );
});

test('a target is a word of a path', () => {
  const manifest = { version: '1', server_url: 'https://a.example', runtime: { platform: 'linux', arch: 'x64', libc: 'glibc' } };
  const { runtime } = agentManifest.parse(manifest);
  expect(runtime === null ? '' : targetName(runtime)).toBe('linux-x64-glibc');
  expect(targetName({ platform: 'darwin', arch: 'arm64', libc: null })).toBe('darwin-arm64');
});

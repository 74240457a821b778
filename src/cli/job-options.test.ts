import { describe, expect, test } from 'vitest';
import { kinds } from '../model/kinds/index.ts';
import { jobOptionsHelp, readJobOptions } from './job-options.ts';

describe('options of a job', () => {
  test('are typed as the schema of their kind says', () => {
    expect(readJobOptions(['ping.count=5', 'http.verify_tls=no', 'dns.name=a=b', 'dns.type=AAAA'], {})).toEqual({
      ping: { count: 5 },
      http: { verify_tls: false },
      dns: { name: 'a=b', type: 'AAAA' },
    });
  });

  test('that are no number stay as they were typed, for the schema to judge', () => {
    expect(readJobOptions(['ping.count=five'], {})).toEqual({ ping: { count: 'five' } });
  });

  test('go over those that were there, and without a value back to the default', () => {
    const before = { ping: { count: 5, size: 100 }, dns: { type: 'MX' } };
    expect(readJobOptions(['ping.count=', 'dns.type=', 'ping.size=56'], before)).toEqual({ ping: { size: 56 } });
    expect(before).toEqual({ ping: { count: 5, size: 100 }, dns: { type: 'MX' } });
  });

  test.each([
    ['count=5', 'expected KIND.KEY=VALUE such as ping.count=5, got "count=5"'],
    ['pong.count=5', 'expected a kind of ping, traceroute, dns, http, throughput, system, got "pong"'],
    ['ping.constructor=5', 'expected for ping one of count,'],
  ])('%s is refused, with what was expected', (text, message) => {
    expect(() => readJobOptions([text], {})).toThrow(message);
  });

  test('are all in the help', () => {
    const help = jobOptionsHelp().join('\n');
    for (const { kind, spec } of Object.values(kinds)) for (const key of Object.keys(spec.shape)) expect(help).toContain(`  ${kind}.${key} `);
  });
});

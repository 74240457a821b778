import { describe, expect, test } from 'vitest';
import { serviceManagerOf } from './index.ts';
import { launchd, launchdPlist } from './launchd.ts';
import type { ServiceSpec } from './service-manager.ts';
import { windowsTask, windowsTaskXml } from './windows-task.ts';

const spec: ServiceSpec = {
  node: '/usr/local/bin/node',
  program: '/usr/local/lib/<a> & "b"/agent.js',
  dir: "/usr/local/var/it's $HOME",
  account: 'daemon',
  caFile: '/usr/local/lib/ca.pem',
  allowPlainHttp: true,
  options: [],
  home: '/Users/me',
  uid: 501,
};

describe("launchd's property list", () => {
  test('gives every part of the command line its own string, and escapes it', () => {
    const plist = launchdPlist(spec);
    expect(plist).toContain('<string>/usr/local/lib/&lt;a&gt; &amp; "b"/agent.js</string>');
    expect(plist).toContain("<string>/usr/local/var/it's $HOME</string>");
    expect(plist).toContain('<key>UserName</key>\n  <string>daemon</string>');
    expect(plist).toContain('<key>NODE_EXTRA_CA_CERTS</key>\n    <string>/usr/local/lib/ca.pem</string>');
    expect(plist).toContain('<string>--allow-plain-http</string>');
  });

  test('ends well where the agent was revoked, and as the agent does otherwise', () => {
    const wrapper = /<string>(&quot;|")\$@.*<\/string>/.exec(launchdPlist(spec))?.[0] ?? '';
    expect(wrapper).toContain('-eq 3');
  });

  test("is one of the machine, or one of the user's", () => {
    expect(launchd.plan(spec).files[0]?.path).toBe('/Library/LaunchDaemons/org.tachograph.agent.plist');
    const own = launchd.plan({ ...spec, account: null });
    expect(own.files[0]?.path).toBe('/Users/me/Library/LaunchAgents/org.tachograph.agent.plist');
    expect(own.status).toBe('launchctl print user/501/org.tachograph.agent');
  });
});

describe('the scheduled task of Windows', () => {
  const windows = { ...spec, node: 'C:\\Program Files\\nodejs\\node.exe', program: 'C:\\a & b\\agent.js', dir: 'C:\\data dir\\', caFile: null };

  test('starts at boot as an account without rights, and is never ended for its age', () => {
    const xml = windowsTaskXml(windows);
    expect(xml).toContain('<BootTrigger>');
    expect(xml).toContain('<UserId>S-1-5-19</UserId>');
    expect(xml).toContain('<ExecutionTimeLimit>PT0S</ExecutionTimeLimit>');
  });

  test('quotes its arguments as Windows programs split them', () => {
    const xml = windowsTaskXml(windows);
    expect(xml).toContain('<Command>"C:\\Program Files\\nodejs\\node.exe"</Command>');
    expect(xml).toContain('"C:\\a &amp; b\\agent.js" --dir "C:\\data dir\\\\"');
  });

  test('says how to trust a certificate where a task cannot', () => {
    expect(() => windowsTask.plan({ ...windows, caFile: 'C:\\ca.pem' })).toThrow('import the certificate');
  });
});

test('what has not been tried on the real thing says so', () => {
  expect([serviceManagerOf('linux'), serviceManagerOf('darwin'), serviceManagerOf('win32')].map(({ verified }) => verified)).toEqual([
    true,
    false,
    false,
  ]);
  expect(() => serviceManagerOf('aix')).toThrow('cannot install a service on aix');
});

test.each([launchdPlist, windowsTaskXml])('a path with a control character is refused', (write) => {
  expect(() => write({ ...spec, caFile: null, dir: '/a\nb' })).toThrow('expected no control characters');
});

import { describe, expect, test } from 'vitest';
import { agentFlags, agentSettings } from './settings.ts';

describe('settings of the agent', () => {
  test('flags go before variables, and variables before defaults', () => {
    expect(agentSettings({ server: 'https://a.example' }, { TACHO_SERVER: 'https://b.example', TACHO_NAME: 'edge' })).toMatchObject({
      server: 'https://a.example',
      name: 'edge',
      tokenFile: null,
      allowPlainHttp: false,
      logLevel: 'info',
    });
  });

  test('labels come from repeated flags, or from one variable with commas', () => {
    expect(agentSettings({ label: ['site=hq', 'isp=Example=Net'] }, {}).labels).toEqual({ site: 'hq', isp: 'Example=Net' });
    expect(agentSettings({}, { TACHO_LABELS: 'site=hq, floor=2' }).labels).toEqual({ site: 'hq', floor: '2' });
  });

  test('listens on no port unless it is given some', () => {
    expect(agentSettings({}, {})).toMatchObject({ listenPorts: null, advertise: null });
    expect(agentSettings({ 'listen-ports': '5201-5210', advertise: 'a.test' }, {})).toMatchObject({
      listenPorts: { port_from: 5201, port_to: 5210 },
      advertise: 'a.test',
    });
    expect(agentSettings({}, { TACHO_LISTEN_PORTS: '5201' }).listenPorts).toEqual({ port_from: 5201, port_to: 5201 });
  });

  test('the directory is the agent folder of the data directory', () => {
    expect(agentSettings({}, { TACHO_DATA: '/var/lib/tacho' }).dir).toBe('/var/lib/tacho/agent');
    expect(agentSettings({ dir: '/x' }, { TACHO_DATA: '/var/lib/tacho' }).dir).toBe('/x');
  });

  test.each([
    [{ label: ['site'] }, 'invalid --label: expected KEY=VALUE, got site'],
    [{ label: ['9=x'] }, 'invalid --label'],
    [{ name: '42' }, 'invalid --name'],
    [{ 'log-level': 'loud' }, 'invalid --log-level'],
    [{ 'listen-ports': 'all' }, 'invalid --listen-ports: expected FROM-TO, such as 5201-5210, got "all"'],
    [{ 'listen-ports': '5210-5201' }, 'invalid --listen-ports'],
    [{ 'listen-ports': '0-70000' }, 'invalid --listen-ports'],
    [{ advertise: '-oProxy' }, 'invalid --advertise'],
  ])('%o is refused by the name of the option', (values, message) => {
    expect(() => agentSettings(values, {})).toThrow(message);
  });

  test('every option has a variable of its own, and none holds a secret', () => {
    expect(new Set(agentFlags.map(({ env }) => env)).size).toBe(agentFlags.length);
    for (const { flag } of agentFlags) expect(flag).not.toMatch(/^(token|credential|secret|password)$/);
  });
});

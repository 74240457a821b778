import { TachoError } from '../../model/errors.ts';
import { isPlainText } from '../../model/name.ts';
import { installPlaces, SERVICE_NAME } from '../../protocol/agent-install.ts';
import { REVOKED_EXIT_CODE } from '../exit-codes.ts';
import { agentArguments, type CommandLine, type ServiceManager, type ServiceSpec } from './service-manager.ts';

const UNIT = `${SERVICE_NAME}.service`;

/** What `systemctl is-system-running` says of a systemd at work, well or not; in a container without one it says offline. */
const AT_WORK = ['running', 'degraded', 'starting', 'initializing', 'maintenance'];

export const systemd: ServiceManager = {
  title: 'systemd',
  verified: true,
  account: SERVICE_NAME,
  // ProtectHome and PrivateTmp.
  hides: (path) => /^\/(home|root|run\/user|tmp|var\/tmp)(\/|$)/.test(path),
  places: (scope, home) => {
    const { program, state } = installPlaces.linux[scope];
    return scope === 'system' ? { program, state } : { program: `${home}/${program}`, state: `${home}/${state}` };
  },
  check: {
    command: (scope) => systemctl(scope, 'is-system-running'),
    passes: ({ stdout }) => AT_WORK.includes(stdout.trim()),
  },
  plan: (spec) => {
    const scope = spec.account === null ? 'user' : 'system';
    const path = scope === 'system' ? `/etc/systemd/system/${UNIT}` : `${spec.home}/.config/systemd/user/${UNIT}`;
    const flag = scope === 'system' ? '' : ' --user';
    return {
      files: [{ path, text: systemdUnit(spec) }],
      createAccount: spec.account === null ? [] : [accountCommand(spec.account, spec.dir)],
      start: [systemctl(scope, 'daemon-reload'), systemctl(scope, 'enable', UNIT), systemctl(scope, 'restart', UNIT)],
      stop: [systemctl(scope, 'disable', '--now', UNIT)],
      forget: [systemctl(scope, 'daemon-reload')],
      status: `systemctl${flag} status ${SERVICE_NAME}`,
      logs: `journalctl${flag} -u ${SERVICE_NAME} -f`,
      hint: scope === 'system' ? null : 'it runs while you are signed in; loginctl enable-linger keeps it running at other times',
    };
  },
};

/** The unit of the agent; the same text for the same agent. */
export function systemdUnit(spec: ServiceSpec): string {
  const { node, dir, account, caFile } = spec;
  const args = agentArguments(spec);
  return [
    '[Unit]',
    'Description=Tachograph agent',
    ...(account === null ? [] : ['After=network-online.target', 'Wants=network-online.target']),
    // An agent waits for its server by itself; how often it may be started again is not limited.
    'StartLimitIntervalSec=0',
    '',
    '[Service]',
    `ExecStart=${[programWord(node), ...args.map(argumentWord)].join(' ')}`,
    ...(caFile === null ? [] : [`Environment=${quoted(`NODE_EXTRA_CA_CERTS=${checked(caFile)}`)}`]),
    'Restart=on-failure',
    'RestartSec=5',
    '# The credential was withdrawn: starting it again is of no use.',
    `RestartPreventExitStatus=${REVOKED_EXIT_CODE}`,
    'TimeoutStopSec=30',
    'UMask=0077',
    ...(account === null ? [] : hardening(account, dir)),
    '',
    '[Install]',
    `WantedBy=${account === null ? 'default.target' : 'multi-user.target'}`,
    '',
  ].join('\n');
}

/**
 * What the agent does not need is taken from it. Not MemoryDenyWriteExecute: V8 compiles at run time. A user's own
 * service gets none of this: without root it would cost ping and fping the right that they carry with their files.
 */
function hardening(account: string, dir: string): string[] {
  return [
    `User=${account}`,
    `Group=${account}`,
    '# ping, fping and mtr send ICMP; without this, NoNewPrivileges takes the right that they carry with their files.',
    'AmbientCapabilities=CAP_NET_RAW',
    'CapabilityBoundingSet=CAP_NET_RAW',
    'NoNewPrivileges=yes',
    'ProtectSystem=strict',
    `ReadWritePaths=${literalPath(dir)}`,
    'ProtectHome=yes',
    'PrivateTmp=yes',
    'ProtectKernelTunables=yes',
    'ProtectKernelModules=yes',
    'ProtectKernelLogs=yes',
    'ProtectControlGroups=yes',
    'RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX AF_NETLINK',
    'RestrictNamespaces=yes',
    'RestrictRealtime=yes',
    'RestrictSUIDSGID=yes',
    'LockPersonality=yes',
    'SystemCallArchitectures=native',
  ];
}

function systemctl(scope: 'system' | 'user', ...args: string[]): CommandLine {
  return ['systemctl', ...(scope === 'user' ? ['--user'] : []), ...args];
}

function accountCommand(account: string, dir: string): CommandLine {
  return ['useradd', '--system', '--user-group', '--no-create-home', '--home-dir', dir, '--shell', '/usr/sbin/nologin', account];
}

/** Text as systemd reads it between quotes: escapes, and specifiers such as %h (systemd.syntax(7), systemd.unit(5)). */
function quoted(text: string): string {
  return `"${text.replace(/["\\]/g, '\\$&').replaceAll('%', '%%')}"`;
}

/** Variables are put in everywhere but in the program's path, so only arguments escape their dollars (systemd.service(5)). */
function argumentWord(text: string): string {
  const safe = checked(text);
  return /^[\w@+=:,./-]+$/.test(safe) ? safe : quoted(safe).replaceAll('$', '$$$$');
}

/** systemd refuses a program whose path has quotes or backslashes, however they are written. */
function programWord(text: string): string {
  const safe = checked(text);
  if (/["'\\]/.test(safe)) throw unsayable(text);
  return /^[\w@+=:,./-]+$/.test(safe) ? safe : quoted(safe);
}

/** In lists of paths a backslash stands for itself, so there the quotes around one must be the sort that it does not hold. */
function literalPath(text: string): string {
  const safe = checked(text).replaceAll('%', '%%');
  if (/^[\w@+=:,./%-]+$/.test(safe)) return safe;
  const quote = ['"', "'"].find((one) => !safe.includes(one));
  if (quote === undefined || safe.endsWith('\\')) throw unsayable(text);
  return `${quote}${safe}${quote}`;
}

function checked(text: string): string {
  if (!isPlainText(text)) throw unsayable(text);
  return text;
}

function unsayable(text: string): TachoError {
  return new TachoError('invalid_request', `invalid path ${JSON.stringify(text)}: expected one that a unit file can say; choose another directory`);
}

import { installPlaces, SERVICE_NAME } from '../../protocol/agent-install.ts';
import { REVOKED_EXIT_CODE } from '../exit-codes.ts';
import { agentArguments, type ServiceManager, type ServiceSpec } from './service-manager.ts';
import { xmlText } from './xml-text.ts';

/** launchd's names are reversed host names by custom. */
const LABEL = 'org.tachograph.agent';

export const launchd: ServiceManager = {
  title: 'launchd',
  verified: false,
  // A user that every macOS has, for programs that need no rights.
  account: 'daemon',
  places: (scope, home) => {
    const { program, state } = installPlaces.darwin[scope];
    return scope === 'system' ? { program, state } : { program: `${home}/${program}`, state: `${home}/${state}` };
  },
  check: { command: () => ['launchctl', 'version'], passes: ({ exitCode }) => exitCode === 0 },
  plan: (spec) => {
    const isSystem = spec.account !== null;
    const path = isSystem ? `/Library/LaunchDaemons/${LABEL}.plist` : `${spec.home}/Library/LaunchAgents/${LABEL}.plist`;
    const domain = isSystem ? 'system' : `user/${spec.uid}`;
    return {
      files: [{ path, text: launchdPlist(spec) }],
      createAccount: [],
      start: [
        ['launchctl', 'enable', `${domain}/${LABEL}`],
        ['launchctl', 'bootstrap', domain, path],
        ['launchctl', 'kickstart', '-k', `${domain}/${LABEL}`],
      ],
      stop: [['launchctl', 'bootout', `${domain}/${LABEL}`]],
      forget: [],
      status: `launchctl print ${domain}/${LABEL}`,
      logs: `tail -f '${spec.dir}/agent.log'`,
      hint: null,
    };
  },
};

/**
 * The property list of the agent. launchd cannot tell exit codes apart, so a revoked agent would be started again and
 * again: it is started by a shell that ends well where the agent ends as revoked. Paths are its arguments, not its text.
 */
export function launchdPlist(spec: ServiceSpec): string {
  const wrapper = `"$@"; code=$?; [ "$code" -eq ${REVOKED_EXIT_CODE} ] && exit 0; exit "$code"`;
  const strings = ['/bin/sh', '-c', wrapper, SERVICE_NAME, spec.node, ...agentArguments(spec)].map((text) => `    <string>${xmlText(text)}</string>`);
  const entry = (key: string, value: string): string => `  <key>${key}</key>\n  ${value}`;
  const text = (value: string): string => `<string>${xmlText(value)}</string>`;
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">',
    '<plist version="1.0">',
    '<dict>',
    entry('Label', text(LABEL)),
    entry('ProgramArguments', `<array>\n${strings.join('\n')}\n  </array>`),
    ...(spec.account === null ? [] : [entry('UserName', text(spec.account))]),
    ...(spec.caFile === null
      ? []
      : [entry('EnvironmentVariables', `<dict>\n    <key>NODE_EXTRA_CA_CERTS</key>\n    ${text(spec.caFile)}\n  </dict>`)]),
    entry('RunAtLoad', '<true/>'),
    entry('KeepAlive', '<dict>\n    <key>SuccessfulExit</key>\n    <false/>\n  </dict>'),
    entry('ThrottleInterval', '<integer>10</integer>'),
    // Octal 077.
    entry('Umask', '<integer>63</integer>'),
    entry('StandardErrorPath', text(`${spec.dir}/agent.log`)),
    '</dict>',
    '</plist>',
    '',
  ].join('\n');
}

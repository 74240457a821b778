import { win32 } from 'node:path';
import { TachoError } from '../../model/errors.ts';
import { SERVICE_NAME } from '../../protocol/agent-install.ts';
import { agentArguments, type ServiceManager, type ServiceSpec } from './service-manager.ts';
import { xmlText } from './xml-text.ts';

/** The built-in account for services without rights, by its number: its name is translated. */
const LOCAL_SERVICE = 'S-1-5-19';
const TASK = `\\${SERVICE_NAME}`;

/**
 * A task that starts at boot and again when it fails. Node is no Windows service by itself: it would have to answer
 * the service manager, which takes a program of another's; a scheduled task needs none.
 */
export const windowsTask: ServiceManager = {
  title: 'Task Scheduler',
  verified: false,
  account: LOCAL_SERVICE,
  places: () => ({ program: `C:\\ProgramData\\${SERVICE_NAME}\\program`, state: `C:\\ProgramData\\${SERVICE_NAME}\\state` }),
  check: { command: () => ['schtasks', '/Query', '/TN', '\\', '/FO', 'LIST'], passes: ({ exitCode }) => exitCode !== null },
  plan: (spec) => {
    const file = win32.join(win32.dirname(spec.program), `${SERVICE_NAME}.xml`);
    return {
      files: [{ path: file, text: windowsTaskXml(spec) }],
      createAccount: [],
      start: [
        ['icacls', spec.dir, '/grant', `*${LOCAL_SERVICE}:(OI)(CI)M`],
        ['schtasks', '/Create', '/F', '/TN', TASK, '/XML', file],
        ['schtasks', '/Run', '/TN', TASK],
      ],
      stop: [
        ['schtasks', '/End', '/TN', TASK],
        ['schtasks', '/Delete', '/F', '/TN', TASK],
      ],
      forget: [],
      status: `schtasks /Query /V /FO LIST /TN ${TASK}`,
      logs: `schtasks /Query /V /FO LIST /TN ${TASK}`,
      hint: null,
    };
  },
};

/** The task's definition (Task Scheduler schema 1.2). */
export function windowsTaskXml(spec: ServiceSpec): string {
  // A task has no environment of its own to name a file in.
  if (spec.caFile !== null) {
    throw new TachoError('invalid_request', 'cannot use --ca-file here: import the certificate into the store of Windows, which the agent trusts');
  }
  const args = ['--use-system-ca', ...agentArguments(spec)].map(windowsArgument).join(' ');
  return [
    '<?xml version="1.0"?>',
    '<Task version="1.2" xmlns="http://schemas.microsoft.com/windows/2004/02/mit/task">',
    '  <RegistrationInfo><Description>Tachograph agent</Description></RegistrationInfo>',
    '  <Triggers><BootTrigger><Enabled>true</Enabled></BootTrigger></Triggers>',
    `  <Principals><Principal id="agent"><UserId>${LOCAL_SERVICE}</UserId><RunLevel>LeastPrivilege</RunLevel></Principal></Principals>`,
    '  <Settings>',
    '    <MultipleInstancesPolicy>IgnoreNew</MultipleInstancesPolicy>',
    '    <DisallowStartIfOnBatteries>false</DisallowStartIfOnBatteries>',
    '    <StopIfGoingOnBatteries>false</StopIfGoingOnBatteries>',
    '    <ExecutionTimeLimit>PT0S</ExecutionTimeLimit>',
    '    <RestartOnFailure><Interval>PT1M</Interval><Count>999</Count></RestartOnFailure>',
    '  </Settings>',
    '  <Actions Context="agent">',
    `    <Exec><Command>${xmlText(`"${spec.node}"`)}</Command><Arguments>${xmlText(args)}</Arguments></Exec>`,
    '  </Actions>',
    '</Task>',
    '',
  ].join('\n');
}

/** One argument as Windows programs split a command line: quotes around it, backslashes before quotes doubled. */
function windowsArgument(text: string): string {
  if (/^[\w@+=:,./\\-]+$/.test(text)) return text;
  return `"${text.replace(/(\\*)"/g, '$1$1\\"').replace(/(\\+)$/, '$1$1')}"`;
}

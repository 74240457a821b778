import { access, readFile, realpath, rm, rmdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { TachoError } from '../../model/errors.ts';
import { shellWord } from '../../protocol/agent-install.ts';
import { identityPath } from '../identity.ts';
import { makeFolder, placeFile, type Host, type Owner } from './host.ts';
import { agentArguments, type CommandLine, type ServiceManager, type ServicePlan, type ServiceSpec } from './service-manager.ts';
import type { PlaceSettings } from './settings.ts';

export interface InstallOptions {
  readonly places: PlaceSettings;
  readonly manager: ServiceManager;
  readonly host: Host;
  /** The agent's bundled file, wherever it is now. */
  readonly program: string;
  readonly node: string;
  readonly copyNode: boolean;
  readonly caFile: string | null;
  readonly allowPlainHttp: boolean;
  /** Options of the agent beside those that say where it is. */
  readonly options: readonly string[];
  /** Whether the service manager starts it. */
  readonly service: boolean;
  /** Options of `agent.js enrol` beside the directory and the token. */
  readonly enrolment: readonly string[];
  /** Reads the enrolment token; asked for only where there is no identity yet. */
  readonly readToken: () => Promise<string | null>;
}

/** Puts the agent in its place, enrols it where it is not yet, and has the service manager keep it running. */
export async function installAgent(options: InstallOptions): Promise<void> {
  const { places, manager, host, service } = options;
  const spec = specOf(options);
  const plan = manager.plan(spec);
  if (places.dryRun) {
    describePlan(spec, plan, options);
    return;
  }
  if (service) await refuseWithoutManager(options);
  const enrolled = await isThere(identityPath(places.dir));
  const token = enrolled ? null : await options.readToken();
  if (!enrolled && token === null) {
    throw new TachoError(
      'unauthenticated',
      `no agent is enrolled in ${places.dir}: expected an enrolment token from --token-file, - for standard input`,
    );
  }

  const isUpgrade = await isThere(spec.program);
  await placeProgram(options, spec);
  try {
    const owner = await makeState(options, spec, plan);
    await enrolThere(options, { spec, owner, token });
  } catch (error) {
    if (!isUpgrade) await takeBack(places.prefix);
    throw error;
  }
  host.say(`program   ${spec.program}, on ${spec.node}`);
  host.say(`state     ${places.dir}`);
  if (!service) {
    host.say(`start it  ${[spec.node, ...agentArguments(spec)].map(shellWord).join(' ')}`);
    return;
  }
  for (const { path, text } of plan.files) {
    await makeFolder(dirname(path), 0o755);
    await placeFile(Buffer.from(text), path, 0o644);
    host.say(`service   ${path}`);
  }
  for (const command of plan.start) await mustRun(host, command);
  host.say(`status    ${plan.status}`);
  host.say(`logs      ${plan.logs}`);
  host.say(`remove    ${[spec.node, spec.program, 'uninstall', ...(places.scope === 'user' ? ['--user'] : [])].map(shellWord).join(' ')}`);
  if (plan.hint !== null) host.say(plan.hint);
  if (!manager.verified) host.say(`the definition for ${manager.title} has not been tried on a real machine yet: see that the agent comes online`);
}

function specOf({ places, manager, copyNode, node, caFile, allowPlainHttp, options, service }: InstallOptions): ServiceSpec {
  const { prefix, dir, scope, home, uid } = places;
  return {
    node: copyNode ? join(prefix, process.platform === 'win32' ? 'node.exe' : 'node') : node,
    program: join(prefix, 'agent.js'),
    dir,
    account: scope === 'system' && service ? manager.account : null,
    caFile: caFile === null ? null : join(prefix, 'ca.pem'),
    allowPlainHttp,
    options,
    home,
    uid,
  };
}

function describePlan(spec: ServiceSpec, plan: ServicePlan, { host, program, node, copyNode, service }: InstallOptions): void {
  host.say(`would copy ${program} to ${spec.program}`);
  if (copyNode) host.say(`would copy ${node} to ${spec.node}`);
  const commands = [...plan.createAccount, ...(service ? plan.start : [])];
  for (const { path, text } of service ? plan.files : []) host.say(`would write ${path}:\n\n${text.replace(/^(?=.)/gm, '    ')}`);
  for (const command of commands) host.say(`would run ${command.map(shellWord).join(' ')}`);
}

async function refuseWithoutManager({ manager, host, places }: InstallOptions): Promise<void> {
  const [file, ...args] = manager.check.command(places.scope);
  const outcome = await host.run(file, args);
  if (manager.check.passes(outcome)) return;
  const said = outcome.startError === 'ENOENT' ? `there is no ${file}` : (outcome.stdout.trim() || outcome.stderr.trim()).split('\n', 1)[0];
  throw new TachoError(
    'unavailable',
    `${manager.title} is not at work here (${said ?? 'no answer'}), so nothing would start the agent, and nothing was changed: --no-service installs it all the same and leaves starting it to you`,
  );
}

async function placeProgram({ places, program, node, copyNode, caFile }: InstallOptions, spec: ServiceSpec): Promise<void> {
  await makeFolder(places.prefix, 0o755);
  if (!(await isSame(program, spec.program))) await placeFile(program, spec.program, 0o644);
  if (copyNode && !(await isSame(node, spec.node))) await placeFile(node, spec.node, 0o755);
  if (caFile !== null && spec.caFile !== null && !(await isSame(caFile, spec.caFile))) await placeFile(await readFile(caFile), spec.caFile, 0o644);
}

/** The directory of the agent's own, for the user it runs as, who is made where there is none. */
async function makeState({ places, host }: InstallOptions, spec: ServiceSpec, plan: ServicePlan): Promise<Owner | null> {
  const isNew = await makeFolder(places.dir, 0o700);
  if (spec.account === null || process.platform === 'win32') return null;
  let owner = await ownerOf(host, spec.account);
  if (owner === null) {
    for (const command of plan.createAccount) await mustRun(host, command);
    owner = await ownerOf(host, spec.account);
    if (owner === null) throw new TachoError('unavailable', `cannot find the user ${spec.account}, which was just made`);
  }
  if (isNew) await host.chown(places.dir, owner);
  return owner;
}

async function ownerOf(host: Host, account: string): Promise<Owner | null> {
  const user = await host.run('id', ['-u', account]);
  const group = await host.run('id', ['-g', account]);
  if (user.exitCode !== 0 || group.exitCode !== 0) return null;
  return { uid: Number(user.stdout), gid: Number(group.stdout) };
}

interface Enrolling {
  readonly spec: ServiceSpec;
  readonly owner: Owner | null;
  readonly token: string | null;
}

/** As the user who will run it: root writes nothing into a directory that is another's. The token goes through a pipe. */
async function enrolThere({ places, host, enrolment }: InstallOptions, { spec, owner, token }: Enrolling): Promise<void> {
  const [warnings = '', program = '', ...rest] = agentArguments(spec);
  const args = [warnings, program, 'enrol', ...rest, ...enrolment, ...(token === null ? [] : ['--token-file', '-'])];
  const env = { HOME: places.dir, ...(spec.caFile === null ? {} : { NODE_EXTRA_CA_CERTS: spec.caFile }) };
  const code = await host.runNode(spec.node, args, { input: token ?? '', owner, env });
  if (code !== 0)
    throw new TachoError(code === 2 ? 'invalid_request' : 'unavailable', 'not installed: the agent could not enrol, for the reason above');
}

/** What a refused agent leaves: nothing that is not the operator's own. */
async function takeBack(prefix: string): Promise<void> {
  for (const name of ['agent.js', 'node', 'node.exe', 'ca.pem']) await rm(join(prefix, name), { force: true });
  await rmdir(prefix).catch(() => undefined);
}

export async function mustRun(host: Host, [file, ...args]: CommandLine): Promise<void> {
  const { exitCode, stderr, stdout, startError } = await host.run(file, args);
  if (exitCode === 0) return;
  const said = (stderr.trim() || stdout.trim()).split('\n').at(-1) ?? '';
  const why = startError ?? (said === '' ? `exit code ${exitCode ?? 'none'}` : said);
  throw new TachoError('unavailable', `cannot run ${[file, ...args].join(' ')}: ${why}`);
}

async function isSame(one: string, other: string): Promise<boolean> {
  return (await isThere(other)) && (await realpath(one)) === (await realpath(other));
}

export async function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { LineCounter, Document } from 'yaml';
import type { Listening } from '../../model/agent.ts';
import { problemsOf } from '../../model/errors.ts';
import { RulePolicy } from './policy.ts';
import { brokenRules, defaultRules, policyFile, rulesOf, type PolicyRules } from './rules.ts';

export interface PolicySource {
  readonly dir: string;
  /** Given by its name, it has to be there; null: policy.yaml or policy.json of the directory, where there is one. */
  readonly file: string | null;
  /** Ports the agent was started with: they hold where the file says nothing of listening. */
  readonly ports?: Listening | null;
}

/** The rules of the file, and which it was; what is wrong with it is one text a problem. */
export interface LoadedPolicy {
  readonly policy: RulePolicy;
  /** null where there is none. */
  readonly path: string | null;
  readonly problems: readonly string[];
}

/** A policy of a few pages is a mistake or another file. */
const LARGEST_FILE = 1_048_576;

/** Reads the policy. It does not fail: a file that cannot be understood gives the rules for that. */
export async function loadPolicy({ dir, file, ports = null }: PolicySource): Promise<LoadedPolicy> {
  const candidates = file === null ? ['policy.yaml', 'policy.yml', 'policy.json'].map((name) => join(dir, name)) : [file];
  const found: { path: string; text: string }[] = [];
  for (const path of candidates) {
    try {
      found.push({ path, text: await readFile(path, 'utf8') });
    } catch (error) {
      const missing = (error as NodeJS.ErrnoException).code === 'ENOENT';
      if (missing && file === null) continue;
      return broken(path, [missing ? 'there is no such file' : `it cannot be read (${error instanceof Error ? error.message : String(error)})`]);
    }
  }
  const [one, other] = found;
  if (one === undefined) return { policy: new RulePolicy(withPorts(defaultRules, ports)), path: null, problems: [] };
  if (other !== undefined) return broken(one.path, [`there are two policies: expected one of ${one.path} and ${other.path}`]);
  if (one.text.length > LARGEST_FILE) return broken(one.path, [`it is too large: expected at most ${LARGEST_FILE} characters`]);
  const problems: string[] = [];
  const parsed = one.path.endsWith('.json') ? parseJson(one.text, problems) : await parseYaml(one.text, problems);
  if (parsed === null) return broken(one.path, problems);
  const checked = policyFile.safeParse(parsed.value);
  if (checked.success) {
    const rules = rulesOf(checked.data);
    const policy = new RulePolicy(checked.data.listening === undefined ? withPorts(rules, ports) : rules);
    return { policy, path: one.path, problems: [] };
  }
  for (const issue of checked.error.issues) {
    const [problem] = problemsOf({ ...checked.error, issues: [issue] }, { value: parsed.value });
    const line = parsed.lineOf(issue.path);
    problems.push(`${line === null ? '' : `line ${line}: `}${[problem?.path, problem?.message].filter(Boolean).join(': ')}`);
  }
  return broken(one.path, problems);
}

function withPorts(rules: PolicyRules, ports: Listening | null): PolicyRules {
  return ports === null ? rules : { ...rules, listening: { portFrom: ports.port_from, portTo: ports.port_to, from: null } };
}

function broken(path: string, problems: readonly string[]): LoadedPolicy {
  return { policy: new RulePolicy(brokenRules, `${path}: ${problems.join('; ')}`.slice(0, 400)), path, problems };
}

interface Parsed {
  readonly value: unknown;
  lineOf(path: readonly PropertyKey[]): number | null;
}

function parseJson(text: string, problems: string[]): Parsed | null {
  try {
    return { value: JSON.parse(text), lineOf: () => null };
  } catch (error) {
    problems.push(`it is not JSON (${error instanceof Error ? error.message : String(error)})`);
    return null;
  }
}

/** YAML is loaded only where there is such a file: an agent without one stays as small as it is. */
async function parseYaml(text: string, problems: string[]): Promise<Parsed | null> {
  const { LineCounter, parseDocument } = await import('yaml');
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, strict: true, uniqueKeys: true });
  for (const { message } of [...document.errors, ...document.warnings]) problems.push(`it is not YAML: ${message.split('\n')[0] ?? ''}`);
  if (problems.length > 0) return null;
  try {
    // An empty file says nothing, which is allowed; aliases may not unfold to more than a policy can hold.
    return { value: document.toJS({ maxAliasCount: 100 }) ?? {}, lineOf: (path) => lineOf(document, lines, path) };
  } catch (error) {
    problems.push(`it is not YAML: ${error instanceof Error ? error.message : String(error)}`);
    return null;
  }
}

/** The line of the value, or of what would hold it. */
function lineOf(document: Document, lines: LineCounter, path: readonly PropertyKey[]): number | null {
  for (let length = path.length; length > 0; length--) {
    const node = document.getIn(path.slice(0, length), true);
    const start = typeof node === 'object' && node !== null && 'range' in node && Array.isArray(node.range) ? (node.range[0] as unknown) : null;
    if (typeof start === 'number') return lines.linePos(start).line;
  }
  return null;
}

import { existsSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { isCollection, isMap, isNode, LineCounter, parseDocument, type Document } from 'yaml';
import { TachoError, type Problem } from '../../model/errors.ts';

/** A configuration file: what it declares, and its settings, neither judged yet. */
export interface ConfigFile {
  /** What the objects that it declares are said to be declared by. */
  readonly source: string;
  readonly destinations: readonly unknown[];
  readonly jobs: readonly unknown[];
  /** Everything else. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** The problem in one line: the file, the line where it stands, the path, and what is wrong. */
  describe(problem: Problem): string;
}

/** @throws {TachoError} invalid_request, where it is missing, not YAML, or not keys and values */
export function readConfigFile(file: string): ConfigFile {
  if (!existsSync(file)) throw new TachoError('invalid_request', `configuration file ${file}: not found`);
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new TachoError('invalid_request', `configuration file ${file}: cannot be read: ${(error as Error).message}`, { cause: error });
  }
  return readConfigText(text, file);
}

/** The same for a text that was read already; `file` is what it is called. JSON is YAML too. */
export function readConfigText(text: string, file: string): ConfigFile {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  if (document.errors.length > 0) throw invalid(document.errors.map((error) => `${file}: ${error.message.split('\n')[0] ?? 'not YAML'}`));
  const root = contentOf(document, file);
  const { destinations, jobs, ...settings } = root;
  const problems: Problem[] = [];
  const listOf = (key: string, value: unknown): readonly unknown[] => {
    if (value == null) return [];
    if (Array.isArray(value)) return value;
    problems.push({ path: key, message: `expected a list, got ${typeof value === 'object' ? 'keys and values' : JSON.stringify(value)}` });
    return [];
  };
  const describe = ({ path, message }: Problem): string => {
    const offset = offsetOf(document, path);
    const place = offset === null ? '' : `:${lines.linePos(offset).line}`;
    return `${file}${place}: ${path === '' ? '' : `${path}: `}${message}`;
  };
  const config: ConfigFile = {
    source: basename(file),
    destinations: listOf('destinations', destinations),
    jobs: listOf('jobs', jobs),
    settings,
    describe,
  };
  if (problems.length > 0) throw invalid(problems.map(describe));
  return config;
}

/**
 * The same error with its problems told by the line of the file. Any other error as it is.
 * @returns what to throw
 */
export function withLines(error: unknown, { describe }: ConfigFile): unknown {
  if (!(error instanceof TachoError) || error.code !== 'invalid_request' || !isProblemList(error.details)) return error;
  return invalid(error.details.map(describe));
}

function isProblemList(details: unknown): details is Problem[] {
  return (
    Array.isArray(details) && details.every((detail) => typeof detail === 'object' && detail !== null && 'path' in detail && 'message' in detail)
  );
}

function contentOf(document: Document.Parsed, file: string): Record<string, unknown> {
  let root: unknown;
  try {
    root = document.toJS();
  } catch (error) {
    // Aliases that expand without end.
    throw invalid([`${file}: ${(error as Error).message}`]);
  }
  if (root == null) return {};
  if (typeof root === 'object' && !Array.isArray(root)) return root as Record<string, unknown>;
  throw invalid([`${file}: expected keys and values, got ${Array.isArray(root) ? 'a list' : typeof root}`]);
}

function invalid(lines: readonly string[]): TachoError {
  return new TachoError('invalid_request', lines.join('\n'), { details: lines });
}

/** Where in the text the deepest part of a path stands that is there. */
function offsetOf(document: Document.Parsed, path: string): number | null {
  let node: unknown = document.contents;
  let offset: number | null = null;
  for (const part of path.match(/[^.[\]]+/g) ?? []) {
    if (isMap(node)) {
      const pair = node.items.find(({ key }) => isNode(key) && String(key) === part);
      if (pair === undefined) break;
      offset = startOf(pair.key) ?? offset;
      node = pair.value;
    } else if (isCollection(node)) {
      node = node.get(Number(part), true);
      offset = startOf(node) ?? offset;
    } else break;
  }
  return offset;
}

function startOf(node: unknown): number | null {
  return isNode(node) ? (node.range?.[0] ?? null) : null;
}

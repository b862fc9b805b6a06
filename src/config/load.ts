import { readFileSync } from 'node:fs';
import { TerminalError } from '../terminal-error.ts';
import { shapeOf } from './config-keys.ts';
import { type Override, readEnvironment } from './environment.ts';
import { defaultMessage, type Problem, problemsOf } from './issue-text.ts';
import { type Config, configSchema, DEFAULT_CONFIG_FILE, resolveConfig } from './schema.ts';
import { parseYaml, withoutNulls, type YamlSource } from './source-map.ts';

type Data = Record<string, unknown>;

/**
 * Reads, overrides and checks a config file (default: /etc/beacon-terminal/config.yaml).
 * @throws TerminalError `config-invalid`, whose message has one line per thing to mend:
 *   `FILE:LINE:COLUMN: PATH: what is wrong; what to do`
 */
export function loadConfig(file: string | undefined, env: NodeJS.ProcessEnv): Config {
  const name = file ?? DEFAULT_CONFIG_FILE;
  const source = parseYaml(readText(name));
  if (source.problems.length > 0) {
    throw invalid(source.problems.map(({ place, message }) => `${at(name, place)}: ${message}`));
  }
  const data = source.data ?? {};
  if (typeof data !== 'object' || Array.isArray(data)) {
    throw invalid([`${name}:1:1: must be sections of keys, such as terminal: and mqtt:`]);
  }
  const { overrides, problems } = readEnvironment(env);
  for (const { path, value } of overrides) put(data as Data, path, value);
  addMissingSections(data as Data);

  const parsed = configSchema.safeParse(data, { reportInput: true, error: defaultMessage });
  if (parsed.success && problems.length === 0) return resolveConfig(parsed.data);
  const found = (parsed.error?.issues ?? [])
    .flatMap((issue) => problemsOf(issue, source.textAt))
    .map((problem) => placed(problem, { name, source, overrides }))
    .sort((a, b) => a.line - b.line || a.column - b.column);
  throw invalid([...problems, ...found.map(({ text }) => text)]);
}

function invalid(lines: string[]): TerminalError {
  return new TerminalError('config-invalid', lines.join('\n'));
}

function at(name: string, { line, column }: { line: number; column: number }): string {
  return `${name}:${line}:${column}`;
}

function readText(name: string): string {
  try {
    return readFileSync(name, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EACCES' || code === 'EPERM') {
      throw new TerminalError('not-permitted', `${name}: may not be read by this user`, {
        cause: error,
      });
    }
    const why = code === 'ENOENT' ? 'there is no such file' : `cannot be read (${code})`;
    throw new TerminalError('config-invalid', `${name}: ${why}; name another with --config FILE`, {
      cause: error,
    });
  }
}

/** Sets `value` at `path`, making sections on the way; undefined removes the key. */
function put(data: Data, path: readonly string[], value: unknown): void {
  let section = data;
  for (const name of path.slice(0, -1)) {
    const inner = section[name];
    if (typeof inner !== 'object' || inner === null || Array.isArray(inner)) section[name] = {};
    section = section[name] as Data;
  }
  const last = path.at(-1) ?? '';
  if (value === undefined || value === null) delete section[last];
  else section[last] = withoutNulls(value);
}

/** So that each missing key is named, not only the section it would stand in. */
function addMissingSections(data: Data): void {
  for (const [name, schema] of Object.entries(configSchema.shape)) {
    const required = schema.def.type === 'object' && shapeOf(schema) !== undefined;
    if (required && data[name] === undefined) data[name] = {};
  }
}

interface Sources {
  name: string;
  source: YamlSource;
  overrides: Override[];
}

function placed({ path, about, text }: Problem, { name, source, overrides }: Sources) {
  const key = path.join('.');
  const override = overrides.findLast((candidate) =>
    candidate.path.every((part, index) => part === path[index]),
  );
  if (override !== undefined && override.value !== undefined) {
    return { line: 0, column: 0, text: `${override.variable}: ${key}: ${text}` };
  }
  const place = about === 'key' ? source.placeOfKey(path) : source.placeOfValue(path);
  return { ...place, text: `${at(name, place)}: ${key}: ${text}` };
}

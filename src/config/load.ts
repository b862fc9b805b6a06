import { readFileSync } from 'node:fs';
import type { z } from 'zod';
import type { RemoteSettings } from '../contract/remote-config.ts';
import { TerminalError } from '../terminal-error.ts';
import { schemaAt, shapeOf } from './config-keys.ts';
import { type Override, readEnvironment } from './environment.ts';
import { defaultMessage, type Problem, problemsOf } from './issue-text.ts';
import { pathsIn } from './remote-keys.ts';
import type { Config, GatewayConfig } from './resolve.ts';
import { resolveConfig, resolveGatewayConfig } from './resolve.ts';
import { configSchema, DEFAULT_CONFIG_FILE, gatewayConfigSchema } from './schema.ts';
import { parseYaml, withoutNulls, type YamlSource } from './source-map.ts';

/** A config file's data as it is written: sections of keys. */
export type Data = Record<string, unknown>;

/**
 * Reads, overrides and checks a config file (default: /etc/beacon-terminal/config.yaml).
 * @param over goes before the file, but not before the environment
 * @throws TerminalError `config-invalid`, whose message has one line per thing to mend:
 *   `FILE:LINE:COLUMN: PATH: what is wrong; what to do`
 */
export function loadConfig(
  file: string | undefined,
  env: NodeJS.ProcessEnv,
  over: RemoteSettings = {},
): Config {
  return resolveConfig(checked(readSources(file, env, over), configSchema));
}

/** What would be wrong with the file if these settings went before it: keys and words. */
export function problemsWith(
  file: string | undefined,
  env: NodeJS.ProcessEnv,
  over: RemoteSettings,
): { field: string; message: string }[] {
  const { data, source } = readSources(file, env, over);
  addMissingSections(data, configSchema);
  const parsed = configSchema.safeParse(data, { reportInput: true, error: defaultMessage });
  return (parsed.error?.issues ?? [])
    .flatMap((issue) => problemsOf(issue, source.textAt))
    .map(({ path, text }) => ({ field: path.join('.'), message: text }));
}

/**
 * The same for `gateway`, which asks only for what it needs itself.
 * @throws TerminalError like `loadConfig`
 */
export function loadGatewayConfig(file: string | undefined, env: NodeJS.ProcessEnv): GatewayConfig {
  return resolveGatewayConfig(checked(readSources(file, env), gatewayConfigSchema));
}

/**
 * Checks a file for the subcommand that it is for: with a section `gateway` and nothing that only a
 * terminal needs, it is a gateway's. Returns that subcommand.
 * @throws TerminalError like `loadConfig`
 */
export function checkConfig(file: string, env: NodeJS.ProcessEnv): 'run' | 'gateway' {
  const sources = readSources(file, env);
  const { gateway, terminal, mobilepay, pos } = sources.data;
  const forGateway =
    gateway !== undefined && [terminal, mobilepay, pos].every((section) => section === undefined);
  checked(sources, forGateway ? gatewayConfigSchema : configSchema);
  return forGateway ? 'gateway' : 'run';
}

/**
 * The same for what is not a file yet. Nothing of the environment counts.
 * @throws TerminalError `config-invalid`, whose message has a line `PATH: what is wrong; what to do`
 *   per thing to mend
 */
export function configOf(data: Data): Config {
  const copy = withoutNulls(structuredClone(data)) as Data;
  addMissingSections(copy, configSchema);
  const parsed = configSchema.safeParse(copy, { reportInput: true, error: defaultMessage });
  if (parsed.success) return resolveConfig(parsed.data);
  const problems = parsed.error.issues.flatMap((issue) => problemsOf(issue, () => undefined));
  throw invalid(problems.map(({ path, text }) => `${path.join('.')}: ${text}`));
}

/** What is wrong with a value for one key of the file, in words; undefined when it is one. */
export function valueProblem(path: readonly string[], value: unknown): string | undefined {
  const schema = schemaAt(configSchema, path);
  const parsed = schema?.safeParse(value, { reportInput: true, error: defaultMessage });
  const [issue] = parsed?.error?.issues ?? [];
  return (
    issue && problemsOf({ ...issue, path: [...path, ...issue.path] }, () => undefined)[0]?.text
  );
}

interface Sources {
  name: string;
  source: YamlSource;
  overrides: Override[];
  /** The file's data with the overrides in it. */
  data: Data;
  /** What is wrong with the environment. */
  problems: string[];
}

function readSources(
  file: string | undefined,
  env: NodeJS.ProcessEnv,
  over: RemoteSettings = {},
): Sources {
  const name = file ?? DEFAULT_CONFIG_FILE;
  const source = parseYaml(readText(name));
  if (source.problems.length > 0) {
    throw invalid(source.problems.map(({ place, message }) => `${at(name, place)}: ${message}`));
  }
  const data = source.data ?? {};
  if (typeof data !== 'object' || Array.isArray(data)) {
    throw invalid([`${name}:1:1: must be sections of keys, such as terminal: and mqtt:`]);
  }
  for (const path of pathsIn(over)) put(data as Data, path, over[path[0]]?.[path[1]]);
  const { overrides, problems } = readEnvironment(env);
  for (const { path, value } of overrides) put(data as Data, path, value);
  return { name, source, overrides, data: data as Data, problems };
}

function checked<S extends z.ZodObject>(sources: Sources, schema: S): z.output<S> {
  const { data, source, problems } = sources;
  addMissingSections(data, schema);
  const parsed = schema.safeParse(data, { reportInput: true, error: defaultMessage });
  if (parsed.success && problems.length === 0) return parsed.data;
  const found = (parsed.error?.issues ?? [])
    .flatMap((issue) => problemsOf(issue, source.textAt))
    .map((problem) => placed(problem, sources))
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
export function put(data: Data, path: readonly string[], value: unknown): void {
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
function addMissingSections(data: Data, { shape }: z.ZodObject): void {
  for (const [name, schema] of Object.entries(shape as Record<string, z.ZodType>)) {
    const required = schema.def.type === 'object' && shapeOf(schema) !== undefined;
    if (required && data[name] === undefined) data[name] = {};
  }
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

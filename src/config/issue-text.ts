import { z } from 'zod';
import { keysIn, schemaAt, shapeOf } from './config-keys.ts';
import { nearestName } from './nearest-name.ts';
import { configSchema } from './schema.ts';

type Issue = z.core.$ZodIssue;
type Path = readonly PropertyKey[];

export interface Problem {
  path: Path;
  /** Whether the key itself is wrong or missing, not its value. */
  about: 'key' | 'value';
  text: string;
}

const secretKeys: Record<string, string> = {
  clientsecret: 'mobilepay-client-secret',
  secret: 'mobilepay-client-secret',
  password: 'mqtt-password',
};

/** One problem per thing to mend, in words: what is wrong, then what to do. Never shows values. */
export function problemsOf(issue: Issue, sourceAt: (path: Path) => string | undefined): Problem[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({
      path: [...issue.path, key],
      about: 'key' as const,
      text: unknownKey(issue.path, key),
    }));
  }
  if (issue.code === 'invalid_union') {
    const branch = issue.errors[Array.isArray(issue.input) ? 1 : 0] ?? [];
    return branch.flatMap((inner) =>
      problemsOf({ ...inner, path: [...issue.path, ...inner.path] } as Issue, sourceAt),
    );
  }
  if (issue.code === 'invalid_type' || issue.code === 'invalid_value') {
    if (issue.input === undefined) {
      return [{ path: issue.path, about: 'key', text: missingKey(issue.path) }];
    }
  }
  const text = issue.code === 'invalid_type' ? wrongType(issue, sourceAt) : issue.message;
  return [{ path: issue.path, about: 'value', text }];
}

/** Words for what the schema gives none for. */
export function defaultMessage(issue: z.core.$ZodRawIssue): string | undefined {
  if (issue.code === 'invalid_value') {
    const allowed = issue.values.map(String);
    if (typeof issue.input === 'string' && typeof issue.values[0] === 'number') {
      return `must be the number ${allowed.join(' or ')}, without quotes`;
    }
    const nearest = typeof issue.input === 'string' ? nearestName(issue.input, allowed) : undefined;
    const hint = nearest === undefined ? '' : `; did you mean ${nearest}?`;
    return allowed.length === 1
      ? `must be ${allowed[0]}`
      : `must be one of ${list(allowed)}${hint}`;
  }
  if (issue.code === 'too_big') return `must be at most ${issue.maximum} characters`;
  if (issue.code === 'too_small') return 'must not be empty';
  return undefined;
}

function unknownKey(section: Path, key: string): string {
  const secret = secretKeys[key.toLowerCase().replaceAll(/[-_]/g, '')];
  if (secret !== undefined) {
    return `unknown key; secrets are not in this file: remove it and put the value into the secret ${secret}`;
  }
  const schema = schemaAt(configSchema, section);
  const names = Object.keys((schema && shapeOf(schema)) ?? {});
  const nearest = nearestName(key, names);
  if (nearest !== undefined) return `unknown key; did you mean ${nearest}?`;
  const elsewhere = keysIn(configSchema).find(({ path }) => path.at(-1) === key);
  if (elsewhere !== undefined) return `unknown key here; did you mean ${elsewhere.path.join('.')}?`;
  return `unknown key; remove it, or use one of ${list(names)}`;
}

function missingKey(path: Path): string {
  const schema = schemaAt(configSchema, path);
  const { description, examples } = (schema && z.globalRegistry.get(schema)) ?? {};
  const [example] = (examples ?? []) as unknown[];
  const name = String(path.at(-1));
  const what = description === undefined ? '' : ` (${description})`;
  const remedy = example === undefined ? 'set it' : `set it, for example ${name}: ${example}`;
  return `is missing${what}; ${remedy}`;
}

const kinds: Record<string, string> = {
  string: 'text',
  int: 'a whole number',
  number: 'a number',
  boolean: 'true or false',
  object: 'a section of keys',
  array: 'a list',
};

function wrongType(
  issue: z.core.$ZodIssueInvalidType,
  sourceAt: (path: Path) => string | undefined,
): string {
  const own = issue.message.startsWith('must be ') ? issue.message : undefined;
  const wanted = own ?? `must be ${kinds[issue.expected] ?? issue.expected}`;
  const scalar = typeof issue.input === 'number' || typeof issue.input === 'boolean';
  if (issue.expected === 'string' && scalar) {
    const written = sourceAt(issue.path) ?? String(issue.input);
    return `${wanted}; put it in quotes: "${written}"`;
  }
  const bare = issue.expected === 'boolean' || wanted.includes('number');
  if (bare && typeof issue.input === 'string') return `${wanted}, without quotes`;
  return wanted;
}

function list(names: readonly string[]): string {
  return names.join(', ');
}

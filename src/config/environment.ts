import { type ConfigKey, keysIn, takesJson, takesText } from './config-keys.ts';
import { nearestName } from './nearest-name.ts';
import { configSchema } from './schema.ts';
import { secretNames, variableOfSecret } from './secrets.ts';

const PREFIX = 'BEACON_TERMINAL_';

/** `['mqtt', 'protocolVersion']` → `BEACON_TERMINAL_MQTT_PROTOCOL_VERSION` */
export function variableOf(path: readonly string[]): string {
  const snake = path.map((name) => name.replaceAll(/[A-Z]/g, '_$&').toUpperCase());
  return `${PREFIX}${snake.join('_')}`;
}

export interface Override {
  variable: string;
  path: string[];
  /** Undefined clears the key: an empty variable. */
  value: unknown;
}

/**
 * What the environment overrides, sections before single keys, and what is wrong with it.
 * Values are taken as text where the key is text, as JSON otherwise.
 */
export function readEnvironment(env: NodeJS.ProcessEnv): {
  overrides: Override[];
  problems: string[];
} {
  const known = new Map(keysIn(configSchema).map((key) => [variableOf(key.path), key]));
  const secrets = new Set(secretNames.map(variableOfSecret));
  const overrides: Override[] = [];
  const problems: string[] = [];
  for (const [variable, text] of Object.entries(env)) {
    if (!variable.startsWith(PREFIX) || text === undefined || secrets.has(variable)) continue;
    const key = known.get(variable);
    if (key === undefined) {
      const nearest = nearestName(variable, [...known.keys(), ...secrets]);
      const remedy = nearest === undefined ? 'unset it' : `did you mean ${nearest}?`;
      problems.push(`${variable}: no config key has this name; ${remedy}`);
      continue;
    }
    const value = valueOfText(text, key);
    if (value === notJson) problems.push(`${variable}: ${key.path.join('.')}: must be JSON`);
    else overrides.push({ variable, path: key.path, value });
  }
  overrides.sort((a, b) => a.path.length - b.path.length);
  return { overrides, problems };
}

export const notJson = Symbol('not JSON');

/** The value that a bare text gives a key: undefined for none, `notJson` where it had to be JSON. */
export function valueOfText(text: string, { schema }: ConfigKey): unknown {
  if (text === '') return undefined;
  if (takesText(schema) && !text.startsWith('[')) return text;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    // A number or a boolean that is none is refused by the schema, with the right words.
    return takesJson(schema) || text.startsWith('[') ? notJson : text;
  }
}

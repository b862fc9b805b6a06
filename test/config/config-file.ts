import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { stringify } from 'yaml';
import { loadConfig } from '../../src/config/load.ts';
import { TerminalError } from '../../src/terminal-error.ts';

export type Data = Record<string, unknown>;

/** The least a terminal needs. A fresh copy each time. */
export function leastConfig(): Data {
  return {
    terminal: { id: 'till-1' },
    mqtt: { url: 'mqtts://broker.example:8883' },
    mobilepay: { clientId: 'client', merchantVat: 'DK12345678' },
    pos: { merchantBrandId: 'POSDK12345', merchantLocationId: '10001', name: 'Kasse 1' },
  };
}

/** The same data with `value` at `path`; undefined removes the key. */
export function withValue(data: Data, path: readonly string[], value: unknown): Data {
  const [name = '', ...rest] = path;
  if (rest.length === 0) {
    const { [name]: _, ...others } = data;
    return value === undefined ? others : { ...others, [name]: value };
  }
  const inner = data[name];
  const section = typeof inner === 'object' && inner !== null ? (inner as Data) : {};
  return { ...data, [name]: withValue(section, rest, value) };
}

const folder = mkdtempSync(join(tmpdir(), 'beacon-config-'));
afterAll(() => rmSync(folder, { recursive: true }));
const file = join(folder, 'config.yaml');

export function load(content: string | Data, env: NodeJS.ProcessEnv = {}) {
  writeFileSync(file, typeof content === 'string' ? content : stringify(content));
  return loadConfig(file, env);
}

/** The lines of the error that this config earns, without the name of the folder. */
export function complaints(content: string | Data, env: NodeJS.ProcessEnv = {}): string[] {
  try {
    load(content, env);
  } catch (error) {
    if (!(error instanceof TerminalError)) throw error;
    if (error.code !== 'config-invalid') throw error;
    return error.message.split('\n').map((line) => line.replace(`${folder}/`, ''));
  }
  return [];
}

import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { configJsonSchema } from '../../src/commands/config.ts';
import { keysIn } from '../../src/config/config-keys.ts';
import { variableOf } from '../../src/config/environment.ts';
import { configSchema } from '../../src/config/schema.ts';
import { secretNames, variableOfSecret } from '../../src/config/secrets.ts';
import { complaints, type Data, load, withValue } from './config-file.ts';

const page = readFileSync('docs/configuration.md', 'utf8');
const [least = '', every = ''] = [...page.matchAll(/```yaml\n([^`]*)```/g)].map(([, text]) => text);

function valueAt(data: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>((inner, name) => (inner as Data | undefined)?.[name], data);
}

/** Keys whose line carries a mark, such as `# needed`. */
function marked(text: string, mark: string): string[] {
  const path: string[] = [];
  return text.split('\n').flatMap((line) => {
    const [, indent = '', name] = /^( *)(\w+):/.exec(line) ?? [];
    if (name === undefined) return [];
    path.splice(indent.length / 2, path.length, name);
    return line.includes(`# ${mark}`) ? [path.join('.')] : [];
  });
}

describe('hardware/counter.yaml', () => {
  it('is right', () => {
    expect(complaints(readFileSync('hardware/counter.yaml', 'utf8'))).toEqual([]);
  });
});

describe('docs/configuration.md', () => {
  it('shows two configs that are right', () => {
    expect(complaints(least)).toEqual([]);
    expect(complaints(every)).toEqual([]);
  });

  it('shows every key', () => {
    const missing = keysIn(configSchema)
      .map(({ path }) => path)
      .filter((path) => {
        const section = valueAt(parse(every), path.slice(0, -1)) as Data | undefined;
        return (
          !(path.at(-1) ?? '' in (section ?? {})) || section?.[path.at(-1) ?? ''] === undefined
        );
      });
    expect(missing).toEqual([]);
  });

  it('shows the defaults: without the lines that are marked nothing changes', () => {
    const kept = [...marked(every, 'needed'), ...marked(every, 'example')];
    let bare: Data = {};
    for (const key of kept) {
      bare = withValue(bare, key.split('.'), valueAt(parse(every), key.split('.')));
    }
    expect(load(bare)).toEqual(load(every));
    const console = withValue(parse(least) as Data, ['console'], {});
    expect(load(console).console).toEqual(load(every).console);
  });

  it('marks as needed what is', () => {
    for (const key of marked(every, 'needed')) {
      const without = withValue(parse(every) as Data, key.split('.'), undefined);
      expect(complaints(without), key).toHaveLength(1);
    }
  });

  it('names variables and secrets that exist', () => {
    const known = [
      ...keysIn(configSchema).map(({ path }) => variableOf(path)),
      ...secretNames.map(variableOfSecret),
    ];
    const named = [...page.matchAll(/BEACON_TERMINAL_\w+\w/g)].map(([name]) => name);
    expect(named.length).toBeGreaterThan(0);
    expect(named.filter((name) => !known.includes(name))).toEqual([]);
    for (const name of secretNames) expect(page).toContain(`\`${name}\``);
  });
});

describe('the JSON Schema', () => {
  const validate = new Ajv2020({ strict: false, validateFormats: false }).compile(
    configJsonSchema() as object,
  );

  it('accepts both configs of the documentation', () => {
    expect(validate(parse(least)), JSON.stringify(validate.errors)).toBe(true);
    expect(validate(parse(every)), JSON.stringify(validate.errors)).toBe(true);
  });

  it('accepts keys without a value where they may be absent', () => {
    expect(validate({ ...(parse(least) as Data), console: null, log: { level: null } })).toBe(true);
  });

  it.each([
    [['pos', 'name'], undefined],
    [['pos', 'nam'], 'x'],
    [['log', 'level'], 'loud'],
    [['payment', 'customerTimeoutSeconds'], 4],
  ])('refuses %j: %j', (path, value) => {
    expect(validate(withValue(parse(least) as Data, path, value))).toBe(false);
  });

  it('describes every key', () => {
    const described = JSON.stringify(configJsonSchema());
    for (const { schema } of keysIn(configSchema)) {
      const description = schema.description;
      if (description) expect(described).toContain(JSON.stringify(description));
    }
  });
});

import { type ConfigKey, keysIn } from '../../config/config-keys.ts';
import { notJson, valueOfText } from '../../config/environment.ts';
import { type Data, put } from '../../config/load.ts';
import { nearestName } from '../../config/nearest-name.ts';
import { configSchema } from '../../config/schema.ts';
import { parseYaml } from '../../config/source-map.ts';
import { TerminalError } from '../../terminal-error.ts';
import { parseCsv } from './csv.ts';

/** How the terminal shows the broker who it is. */
export const logins = ['certificate', 'password', 'none'] as const;
export type Login = (typeof logins)[number];

/** What a technician has decided, whether by file or by answering. Never a secret. */
export interface Answers {
  /** The config file to be, as far as it is known. */
  config: Data;
  /** A store by its name; `pos.storeId` follows from it. */
  store?: string | undefined;
  login?: Login | undefined;
  /** A point of sale of this name may stand already: this terminal replaces the one that had it. */
  takeOver?: boolean | undefined;
}

/** Beside the config's own keys; `host` is for scripts/provision-batch. */
const extraNames = ['store', 'login', 'takeOver', 'host'] as const;
type ExtraName = (typeof extraNames)[number];

function isExtra(name: string): name is ExtraName {
  return (extraNames as readonly string[]).includes(name);
}

function invalid(source: string, message: string): TerminalError {
  return new TerminalError('config-invalid', `${source}: ${message}`);
}

function isLogin(value: unknown): value is Login {
  return (logins as readonly unknown[]).includes(value);
}

function takeExtra(answers: Answers, name: ExtraName, value: unknown, source: string): void {
  switch (name) {
    case 'host':
      return;
    case 'store':
      if (typeof value !== 'string') throw invalid(source, 'store: must be the name of a store');
      answers.store = value;
      return;
    case 'login':
      if (!isLogin(value)) {
        throw invalid(source, `login: must be one of ${logins.join(', ')}`);
      }
      answers.login = value;
      return;
    case 'takeOver':
      if (typeof value !== 'boolean') throw invalid(source, 'takeOver: must be true or false');
      answers.takeOver = value;
  }
}

/**
 * Answers in YAML: the config file's keys, and beside them `store`, `login` and `takeOver`.
 * @throws TerminalError `config-invalid`
 */
export function answersFromYaml(text: string, name: string): Answers {
  const { data = {}, problems } = parseYaml(text);
  const [problem] = problems;
  if (problem !== undefined) {
    throw invalid(`${name}:${problem.place.line}:${problem.place.column}`, problem.message);
  }
  if (typeof data !== 'object' || data === null || Array.isArray(data)) {
    throw invalid(name, 'must be sections of keys, as in a config file');
  }
  const answers: Answers = { config: {} };
  for (const [key, value] of Object.entries(data)) {
    if (isExtra(key)) takeExtra(answers, key, value, name);
    else answers.config[key] = value;
  }
  return answers;
}

/**
 * One row of a CSV file. Its columns are the config's keys with dots (`terminal.id`), and `store`,
 * `login`, `takeOver` and `host`; an empty cell says nothing.
 * @param wanted the row's `terminal.id`, or its number, counted from 1 below the header
 * @throws TerminalError `config-invalid`, or `usage` where there is no such row
 */
export function answersFromCsv(text: string, wanted: string, name: string): Answers {
  let rows: string[][];
  try {
    rows = parseCsv(text);
  } catch (error) {
    throw invalid(name, (error as Error).message);
  }
  const [header = [], ...body] = rows;
  const columns = header.map((column) => columnOf(column, name));
  const idAt = header.indexOf('terminal.id');
  const row = body.find((cells) => cells[idAt] === wanted) ?? body[Number(wanted) - 1];
  if (row === undefined) {
    throw new TerminalError('usage', `${name} has no row ${wanted}; it has ${body.length} rows`);
  }
  if (row.length > header.length) throw invalid(name, `row ${wanted} has more cells than columns`);
  const answers: Answers = { config: {} };
  for (const [index, column] of columns.entries()) {
    const cell = row[index] ?? '';
    if (cell !== '') takeCell(answers, column, cell, `${name}, row ${wanted}`);
  }
  return answers;
}

function columnOf(column: string, name: string): ConfigKey | ExtraName {
  if (isExtra(column)) return column;
  const keys = keysIn(configSchema);
  const known = keys.find(({ path }) => path.join('.') === column);
  if (known !== undefined) return known;
  if (/secret|password/i.test(column)) {
    throw invalid(name, `column ${column}: secrets are not in this file; see --help`);
  }
  const nearest = nearestName(column, [...keys.map(({ path }) => path.join('.')), ...extraNames]);
  const hint = nearest === undefined ? 'remove it' : `did you mean ${nearest}?`;
  throw invalid(name, `column ${column}: no config key has this name; ${hint}`);
}

function takeCell(answers: Answers, column: ConfigKey | ExtraName, cell: string, source: string) {
  if (typeof column === 'string') {
    const word = cell.toLowerCase();
    const value = column === 'takeOver' && /^(true|false)$/.test(word) ? word === 'true' : cell;
    takeExtra(answers, column, value, source);
    return;
  }
  const value = valueOfText(cell, column);
  if (value === notJson) throw invalid(source, `${column.path.join('.')}: must be JSON`);
  put(answers.config, column.path, value);
}

/** Both; where both say something, `over` counts. */
export function mergedAnswers(base: Answers, over: Answers): Answers {
  const { config, ...rest } = over;
  const said = Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined));
  return { ...base, ...said, config: mergedData(base.config, config) };
}

function mergedData(base: Data, over: Data): Data {
  const result = structuredClone(base);
  for (const [name, value] of Object.entries(over)) {
    const before = result[name];
    result[name] = isSection(before) && isSection(value) ? mergedData(before, value) : value;
  }
  return result;
}

function isSection(value: unknown): value is Data {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** What stands at a path of the config to be. */
export function valueAt(config: Data, path: readonly string[]): unknown {
  let value: unknown = config;
  for (const name of path) value = isSection(value) ? value[name] : undefined;
  return value;
}

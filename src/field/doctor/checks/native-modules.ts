import type { Config } from '../../../config/resolve.ts';
import { failed, ok } from '../finding.ts';
import type { Check } from '../patient.ts';
import type { World } from '../world.ts';

interface NativeModule {
  name: string;
  /** JavaScript that loads its native part; `load` is a require that begins where it is installed. */
  trial: string;
}

const sqlite: NativeModule = {
  name: 'better-sqlite3',
  trial: "new (load('better-sqlite3'))(':memory:').close()",
};
const serial: NativeModule = { name: 'serialport', trial: "load('serialport')" };
const gpio: NativeModule = { name: 'onoff', trial: "load('onoff')" };
/** Not bleno itself: it looks for its adapter when it is loaded, which can end the process. */
const bluetooth: NativeModule = {
  name: '@abandonware/bleno',
  trial:
    "require('node:module').createRequire(load.resolve('@abandonware/bleno'))('@abandonware/bluetooth-hci-socket')",
};

/** Those the configured drivers need; without a config file, the one that everything needs. */
function neededBy(config: Config | undefined): NativeModule[] {
  if (config === undefined) return [sqlite];
  const { panel, whiteBox, beacon } = config;
  const wired = ['escpos', 'nextion'].includes(panel.display.driver) || whiteBox.port !== undefined;
  const lines = [panel.lights.driver, panel.buttons.driver].includes('onoff');
  const radio = beacon.mode !== 'off' && beacon.driver === 'bleno';
  return [
    sqlite,
    ...(wired ? [serial] : []),
    ...(lines ? [gpio] : []),
    ...(radio ? [bluetooth] : []),
  ];
}

/** Loads each and says how it went: a module may take its process along. */
function programOf(modules: readonly NativeModule[], from: string): string {
  const trials = modules.map(({ name, trial }) => `['${name}', () => ${trial}]`);
  return `
const load = require('node:module').createRequire(${JSON.stringify(from)});
const { writeSync } = require('node:fs');
for (const [name, trial] of [${trials.join(', ')}]) {
  let trouble = 'it ended the process that loaded it';
  writeSync(1, JSON.stringify([name, trouble]) + '\\n');
  try { trial(); trouble = null; } catch (error) { trouble = error.message.split('\\n')[0]; }
  writeSync(1, JSON.stringify([name, trouble]) + '\\n');
}
process.exit(0);`;
}

/** What is wrong with each module that cannot be loaded. */
async function troublesOf(
  modules: readonly NativeModule[],
  from: string,
  { world, signal }: { world: World; signal: AbortSignal },
): Promise<Map<string, string>> {
  // A process that dies has said before what it was about; what it wrote counts all the same.
  const script = `${programOf(modules, from)}`;
  const shell = ['-c', '"$0" -e "$1"; true', process.execPath, script];
  const said = (await world.output('sh', shell, signal)) ?? '';
  const last = new Map<string, string | null>(
    said
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line)),
  );
  const troubles = new Map<string, string>();
  for (const { name } of modules) {
    const trouble = last.has(name) ? last.get(name) : 'it was not tried: one before it failed';
    if (trouble) troubles.set(name, trouble);
  }
  return troubles;
}

/** `from`: the file beside which the modules are installed. */
export function nativeModules(from: string = import.meta.url): Check {
  return {
    name: 'native-modules',
    limitMs: 20_000,
    async look({ terminal, world }, signal) {
      const modules = neededBy(terminal?.config);
      const troubles = await troublesOf(modules, from, { world, signal });
      if (troubles.size === 0) {
        return ok(`${modules.map(({ name }) => name).join(', ')}: loaded by ${abi()}`);
      }
      const evidence = [...troubles].map(([name, trouble]) => `${name}: ${trouble}`).join('; ');
      return failed(
        `${evidence} (${abi()})`,
        `Reinstall the package for this Node, or in its folder: npm rebuild ${[...troubles.keys()].join(' ')}`,
      );
    },
  };
}

function abi(): string {
  return `Node ${process.versions.node}, ABI ${process.versions.modules}`;
}

import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';

interface Wire {
  part: string;
  line: number;
  groundPin: number;
}
const { boards, header, wiring } = JSON.parse(readFileSync('hardware/boards.json', 'utf8')) as {
  boards: { id: string; name: string; gpioChips: string[] }[];
  header: Record<string, string>;
  wiring: Wire[];
};
const readme = readFileSync('hardware/README.md', 'utf8');
const lineOf = (part: string) => wiring.find((wire) => wire.part === part)?.line;
const pinOf = (line: number) => Object.keys(header).find((pin) => header[pin] === `GPIO${line}`);

describe('hardware/', () => {
  it('has a header of 40 pins, 28 of them GPIO with numbers of their own', () => {
    const names = Object.values(header);
    expect(Object.keys(header)).toHaveLength(40);
    const gpio = names.filter((name) => name.startsWith('GPIO'));
    expect(new Set(gpio).size).toBe(28);
    expect(names.filter((name) => name === 'GND')).toHaveLength(8);
  });

  it('wires every part to a GPIO of its own and to ground', () => {
    expect(new Set(wiring.map(({ line }) => line)).size).toBe(wiring.length);
    for (const { line, groundPin } of wiring) {
      expect(pinOf(line)).toBeDefined();
      expect(header[String(groundPin)]).toBe('GND');
    }
  });

  it('wires as the defaults of the config file expect', () => {
    const page = readFileSync('docs/configuration.md', 'utf8');
    const [green, yellow, red] = ['green', 'yellow', 'red'].map(lineOf);
    expect(page).toContain(`lines: { green: ${green}, yellow: ${yellow}, red: ${red} }`);
    expect(page).toContain(`lines: { pay: ${lineOf('pay')}, cancel: ${lineOf('cancel')} }`);
  });

  it('has diagrams that are the ones its data draw', () => {
    const drawn = spawnSync('node', ['./scripts/draw-wiring.mjs', '--check'], { encoding: 'utf8' });
    expect(drawn.stderr).toBe('');
    expect(drawn.status).toBe(0);
  });

  it('tells in its README what its data say', () => {
    for (const { part, line, groundPin } of wiring) {
      expect(readme).toContain(`| ${part} | ${line} | ${pinOf(line)} | ${groundPin} |`);
    }
    for (const { id, name, gpioChips } of boards) {
      const row = `| ${name.replace('Raspberry Pi ', '')} | \`${gpioChips[0]}\` |`;
      expect(readme).toContain(`${row} [wiring](wiring-${id}.svg) | [lines](config/${id}.txt) |`);
    }
  });

  it('has config.txt lines for every board, with the pins of the data', () => {
    expect(readdirSync('hardware/config').sort()).toEqual(
      boards.map(({ id }) => `${id}.txt`).sort(),
    );
    for (const { id, name } of boards) {
      const lines = readFileSync(`hardware/config/${id}.txt`, 'utf8');
      expect(lines).toContain(`of a ${name}.`);
      const lights = ['green', 'yellow', 'red'].map(lineOf).join(',');
      expect(lines).toContain(`\ngpio=${lights}=op,dl\n`);
      expect(lines).toContain(`\ngpio=${lineOf('pay')},${lineOf('cancel')}=ip,pu\n`);
    }
  });
});

const hasDtc = spawnSync('dtc', ['--version']).error === undefined;
describe.skipIf(!hasDtc && !process.env['CI'])('the overlay of the lights (needs dtc)', () => {
  it('compiles, and names the lines of the data and the lamps of the config', () => {
    const folder = mkdtempSync(join(tmpdir(), 'beacon-overlay-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const blob = join(folder, 'beacon-lights.dtbo');
    const source = 'hardware/overlays/beacon-lights.dts';
    const compiled = spawnSync('dtc', ['-@', '-I', 'dts', '-O', 'dtb', '-o', blob, source], {
      encoding: 'utf8',
    });
    expect(compiled.stderr).toBe('');
    expect(compiled.status).toBe(0);
    const back = execFileSync('dtc', ['-I', 'dtb', '-O', 'dts', blob], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    for (const colour of ['green', 'yellow', 'red']) {
      const hex = (lineOf(colour) ?? 0).toString(16).padStart(2, '0');
      const lamp = new RegExp(
        `label = "beacon-${colour}";\\s*gpios = <0xffffffff 0x${hex} 0x00>;\\s*default-state = "off";`,
      );
      expect(back).toMatch(lamp);
    }
  });
});

import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { labelCommand } from '../../src/commands/label.ts';
import { writeRemoteState } from '../../src/config/remote-file.ts';
import { nothingRemote } from '../../src/config/remote-states.ts';
import { leastConfig, withValue } from '../config/config-file.ts';
import { batch, journalAt, temporaryFolder } from '../journal/samples.ts';

const beaconId = '123456789012345';

/** A folder with a config file, and a journal that remembers this beacon id. */
function shop(options: { remembered?: string; keys?: Record<string, unknown> } = {}) {
  const folder = temporaryFolder();
  const path = join(folder, 'journal.db');
  const journal = journalAt(path);
  if (options.remembered !== undefined) {
    const text = JSON.stringify({ merchantPosId: 'till-1', beaconId: options.remembered });
    journal.commit(batch({ notes: [{ name: 'pos', text }] }));
  }
  const data = Object.entries({ 'journal.path': path, ...options.keys }).reduce(
    (whole, [key, value]) => withValue(whole, key.split('.'), value),
    leastConfig(),
  );
  const config = join(folder, 'config.yaml');
  writeFileSync(config, stringify(data));
  return { config, out: join(folder, 'labels') };
}

const usual = { size: '62x29', dpi: 300 };

function label(flags: Parameters<typeof labelCommand>[0], machine?: string): string[] {
  const said: string[] = [];
  const out = { write: (text: string) => said.push(text) };
  expect(labelCommand(flags, out, machine)).toBe(0);
  return said.join('').split('\n').filter(Boolean);
}

describe('label', () => {
  it('makes every format from config file and journal, and says where they are', () => {
    const { config, out } = shop({ remembered: beaconId });
    const files = label({ ...usual, config, out });
    expect(files).toEqual(
      ['png', 'svg', 'pdf', 'ndef'].map((format) => join(out, `label-till-1.${format}`)),
    );
    expect(readFileSync(files[3] ?? '', 'utf8')).toContain(beaconId);
    expect(readFileSync(files[1] ?? '', 'utf8')).toContain(`<title>Kasse 1, ${beaconId}</title>`);
  });

  it('has the name that was given from afar, as the customer reads it', () => {
    const { config, out } = shop({ keys: { 'pos.beaconId': beaconId } });
    const inForce = { version: 7, config: { pos: { name: 'Kasse 1, ved døren' } } };
    writeRemoteState(join(out, '../remote-config.json'), { ...nothingRemote, inForce });
    const [file = ''] = label({ ...usual, config, out, format: ['svg'] });
    expect(readFileSync(file, 'utf8')).toContain(`<title>Kasse 1, ved døren, ${beaconId}</title>`);
  });

  it('makes the formats that are asked for, once more into the same files', () => {
    const { config, out } = shop({ keys: { 'pos.beaconId': beaconId } });
    for (let again = 0; again < 2; again += 1) {
      label({ ...usual, config, out, format: ['pdf', 'ndef'] });
      expect(readdirSync(out)).toEqual(['label-till-1.ndef', 'label-till-1.pdf']);
    }
  });

  it('prints the serial number of the board, where it tells one', () => {
    const { config, out } = shop({ remembered: beaconId });
    const machine = join(out, '../proc');
    mkdirSync(join(machine, 'device-tree'), { recursive: true });
    const [without = ''] = label({ ...usual, config, out, format: ['svg'] }, machine).map((file) =>
      readFileSync(file, 'utf8'),
    );
    writeFileSync(join(machine, 'device-tree/serial-number'), '10000000abcdef01\0');
    const [withIt = ''] = label({ ...usual, config, out, format: ['svg'] }, machine).map((file) =>
      readFileSync(file, 'utf8'),
    );
    expect(withIt.length).toBeGreaterThan(without.length);
  });

  it('needs no config file where id and name are named', () => {
    const out = join(temporaryFolder(), 'labels');
    label({ ...usual, beaconId, name: 'Kasse 9', out, format: ['png'] });
    expect(readdirSync(out)).toEqual([`label-${beaconId}.png`]);
  });

  it('does not print an id that nobody has given', () => {
    const { config, out } = shop();
    expect(() => label({ ...usual, config, out })).toThrow(
      /has given this terminal no beacon id yet/,
    );
    const other = shop({ remembered: beaconId, keys: { 'pos.merchantPosId': 'till-2' } });
    expect(() => label({ ...usual, config: other.config, out })).toThrow(/no beacon id yet/);
    expect(() => label({ ...usual, beaconId: '12', name: 'x', out })).toThrow(
      /15 digits or a GUID; not 12/,
    );
  });

  it('names what is wrong with a flag, or with the folder', () => {
    const flags = { ...usual, beaconId, name: 'Kasse 9', out: join(temporaryFolder(), 'file') };
    expect(() => label({ ...flags, format: ['gif'] })).toThrow(
      /--format is png, svg, pdf, ndef; not gif/,
    );
    expect(() => label({ ...flags, size: '1x1' })).toThrow(/--size/);
    writeFileSync(flags.out, '');
    expect(() => label(flags)).toThrow(
      /cannot be written \(E\w+\): name another folder with --out/,
    );
  });
});

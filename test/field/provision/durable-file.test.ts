import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import {
  checkWritable,
  makeFolder,
  writeDurably,
} from '../../../src/field/provision/durable-file.ts';

const folder = mkdtempSync(join(tmpdir(), 'beacon-durable-'));
afterAll(() => rmSync(folder, { recursive: true }));
const mode = (path: string) => (statSync(path).mode & 0o777).toString(8);

describe('a file that is written durably', () => {
  it('has its text and its mode, whatever the one before it had', async () => {
    const path = join(folder, 'secret');
    writeFileSync(path, 'old', { mode: 0o644 });
    await writeDurably(path, 'new', { mode: 0o600, owner: null });
    expect(readFileSync(path, 'utf8')).toBe('new');
    expect(mode(path)).toBe('600');
    expect(readdirSync(folder)).toEqual(['secret']);
  });

  it('that cannot take its place leaves what was there, and nothing beside it', async () => {
    const inner = join(folder, 'inner');
    await makeFolder(join(inner, 'taken'), 0o700, null);
    const written = writeDurably(join(inner, 'taken'), 'text', { mode: 0o600, owner: null });
    await expect(written).rejects.toThrow(/taken cannot be written/);
    expect(readdirSync(inner)).toEqual(['taken']);
  });
});

describe('a folder for secrets', () => {
  it('is for its owner alone, also when it stood there before', async () => {
    const path = join(folder, 'open');
    await makeFolder(path, 0o755, null);
    await makeFolder(path, 0o700, null);
    expect(mode(path)).toBe('700');
  });
});

describe('whether a file could be written', () => {
  it('is decided by the nearest folder that is there, and makes none', async () => {
    await checkWritable(join(folder, 'not/yet/there'));
    expect(readdirSync(folder)).not.toContain('not');
    writeFileSync(join(folder, 'plain'), '');
    await expect(checkWritable(join(folder, 'plain/x'))).rejects.toThrow(/is not a folder/);
  });
});

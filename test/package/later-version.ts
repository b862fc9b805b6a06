import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** The same package under another version: what an upgrade does is the affair of its scripts. */
export function laterVersion(from: string, to: string, version: string): void {
  const folder = mkdtempSync(join(tmpdir(), 'beacon-later-'));
  execFileSync('dpkg-deb', ['-R', from, folder]);
  const control = join(folder, 'DEBIAN/control');
  const changed = readFileSync(control, 'utf8').replace(/^Version: .*/m, `Version: ${version}`);
  writeFileSync(control, changed);
  execFileSync('dpkg-deb', ['--root-owner-group', '-Znone', '-b', folder, to]);
  rmSync(folder, { recursive: true });
}

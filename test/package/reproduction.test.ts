import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { version } from '../../src/version.ts';
import { CI, debName, OUT, ownArchitecture, ownIsBuilt } from './built.ts';

const git = (...words: string[]) => execFileSync('git', words, { encoding: 'utf8' }).trim();

/** Whether out/ was built from what lies here. */
function isOfThisTree(): boolean {
  if (!ownIsBuilt) return false;
  const file = join(OUT, `beacon-terminal_${version}_manifest.json`);
  const { builtFrom } = JSON.parse(readFileSync(file, 'utf8'));
  return builtFrom.commit === git('rev-parse', 'HEAD') && git('status', '--porcelain') === '';
}

it.skipIf(!CI && !isOfThisTree())(
  'built again in another place, a package has the same bytes (needs out/ of this commit)',
  () => {
    const elsewhere = mkdtempSync(join(tmpdir(), 'beacon-again-'));
    onTestFinished(() => rmSync(elsewhere, { recursive: true }));
    // Of the native parts, all are compiled anew but the one that takes a minute.
    const compiled = '.cache/deb-native';
    for (const part of readdirSync(compiled).filter((each) => each.startsWith('better-sqlite3'))) {
      cpSync(join(compiled, part), join(elsewhere, 'natives', part), { recursive: true });
    }
    mkdirSync(join(elsewhere, 'tmp'));
    const words = ['scripts/build-deb', '--out', join(elsewhere, 'out'), ownArchitecture];
    execFileSync('bash', words, {
      env: {
        ...process.env,
        TMPDIR: join(elsewhere, 'tmp'),
        BEACON_DEB_CACHE: join(elsewhere, 'natives'),
      },
      stdio: 'pipe',
    });
    const deb = debName(ownArchitecture);
    expect(readFileSync(join(elsewhere, 'out', deb)).equals(readFileSync(join(OUT, deb)))).toBe(
      true,
    );
  },
);

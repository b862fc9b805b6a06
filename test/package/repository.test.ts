import { spawnSync } from 'node:child_process';
import { appendFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CI, ownArchitecture } from './built.ts';

const tools = ['apt-ftparchive', 'apt-get', 'apt-cache', 'dpkg-deb', 'gpg'];
const missing = tools.filter((tool) => spawnSync(tool, ['--version']).error !== undefined);

describe.skipIf(missing.length > 0 && !CI)(`the apt repository (needs ${tools.join(', ')})`, () => {
  const folder = mkdtempSync(join(tmpdir(), 'beacon-repository-'));
  const repository = join(folder, 'web');
  const keyring = join(folder, 'beacon-terminal.gpg');
  const env = { PATH: process.env['PATH'], GNUPGHOME: join(folder, 'gnupg'), LC_ALL: 'C' };
  const run = (program: string, ...args: string[]) => {
    const { status, stdout, stderr } = spawnSync(program, args, { env, encoding: 'utf8' });
    return { status, said: stdout + stderr, stdout };
  };
  const must = (program: string, ...args: string[]) => {
    const { status, said, stdout } = run(program, ...args);
    expect(status, said).toBe(0);
    return stdout;
  };

  beforeAll(() => {
    mkdirSync(env.GNUPGHOME, { mode: 0o700 });
    mkdirSync(join(folder, 'lists/partial'), { recursive: true });
    mkdirSync(join(folder, 'cache/archives/partial'), { recursive: true });
    must('gpg', '--batch', '--passphrase', '', '--quick-generate-key', 'release', 'ed25519');
    must('gpg', '--output', keyring, '--export');
    writeFileSync(
      join(folder, 'sources.list'),
      `deb [signed-by=${keyring} arch=${ownArchitecture}] file:${repository} stable main\n`,
    );
  });
  afterAll(() => {
    spawnSync('gpgconf', ['--kill', 'all'], { env });
    rmSync(folder, { recursive: true });
  });

  /** A package of this version with nothing in it. */
  function packageOf(version: string): string {
    const root = join(folder, version);
    mkdirSync(join(root, 'DEBIAN'), { recursive: true });
    writeFileSync(
      join(root, 'DEBIAN/control'),
      `Package: beacon-terminal\nVersion: ${version}\nArchitecture: ${ownArchitecture}\nMaintainer: A <a@b.example>\nDescription: a terminal\n`,
    );
    const file = join(folder, `beacon-terminal_${version}_${ownArchitecture}.deb`);
    must('dpkg-deb', '--build', root, file);
    return file;
  }

  /** apt with nothing of this computer but its keys' rules. */
  const apt = (program: 'apt-get' | 'apt-cache', ...args: string[]) =>
    run(
      program,
      ...['-o', `Dir::State::lists=${folder}/lists`, '-o', `Dir::Cache=${folder}/cache`],
      ...['-o', `Dir::Etc::sourcelist=${folder}/sources.list`, '-o', 'Dir::Etc::sourceparts=/-'],
      ...['-o', 'APT::Sandbox::User=root', '-o', `Dir::State::status=/dev/null`],
      ...args,
    );
  const candidate = () =>
    /Candidate: (\S+)/.exec(apt('apt-cache', 'policy', 'beacon-terminal').said)?.[1];

  it('offers what was published last, with a signature that apt accepts', () => {
    for (const version of ['0.1.0', '0.2.0']) {
      must('scripts/publish-apt', repository, 'stable', packageOf(version));
      expect(apt('apt-get', 'update', '--error-on=any')).toMatchObject({ status: 0 });
      expect(candidate()).toBe(version);
    }
  });

  it('keeps a suite from the terminals that follow another', () => {
    must('scripts/publish-apt', '--key', 'release', repository, 'pilot', packageOf('0.3.0'));
    expect(apt('apt-get', 'update', '--error-on=any')).toMatchObject({ status: 0 });
    expect(candidate()).toBe('0.2.0');
  });

  it('is not believed once somebody has changed it', () => {
    const packages = join(repository, `dists/stable/main/binary-${ownArchitecture}/Packages`);
    appendFileSync(packages, '\n');
    rmSync(join(folder, 'lists'), { recursive: true });
    mkdirSync(join(folder, 'lists/partial'), { recursive: true });
    expect(apt('apt-get', 'update', '--error-on=any').status).not.toBe(0);
    expect(candidate()).toBeUndefined();
  });

  it('names what it cannot use, and leaves the repository alone', () => {
    expect(run('scripts/publish-apt', repository, 'stable', '/etc/hostname')).toMatchObject({
      status: 64,
      said: expect.stringContaining('/etc/hostname is no Debian package'),
    });
    expect(run('scripts/publish-apt', repository, '../x', '/etc/hostname').status).toBe(64);
  });
});

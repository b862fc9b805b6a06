import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { version } from '../../src/version.ts';
import { builtArchitectures, debName, OUT } from './built.ts';

/** Machine of an ELF file, by its header. */
const machines: Record<number, string> = { 62: 'amd64', 183: 'arm64' };

describe.skipIf(builtArchitectures.length === 0)(
  'what scripts/build-deb makes (needs out/, see docs/packaging.md)',
  () => {
    const folder = mkdtempSync(join(tmpdir(), 'beacon-package-'));
    beforeAll(() => {
      for (const arch of builtArchitectures) {
        execFileSync('dpkg-deb', ['-x', join(OUT, debName(arch)), join(folder, arch)]);
      }
    });
    afterAll(() => rmSync(folder, { recursive: true }));
    const field = (arch: string, key: string) =>
      execFileSync('dpkg-deb', ['-f', join(OUT, debName(arch)), key], { encoding: 'utf8' }).trim();

    it.each(builtArchitectures)('%s: every native part is built for it', (arch) => {
      const root = join(folder, arch);
      const natives = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((file) =>
        file.endsWith('.node'),
      );
      const kinds = natives.map(
        (file) => machines[readFileSync(join(root, file)).readUInt16LE(18)],
      );
      expect(new Set(kinds)).toEqual(new Set([arch]));
      for (const part of ['better_sqlite3', 'epoll', 'bluetooth_hci_socket', 'bindings-cpp']) {
        expect(natives.filter((file) => file.includes(part))).toHaveLength(1);
      }
    });

    it.each(builtArchitectures)(
      '%s: depends on the major version of Node it is built for',
      (arch) => {
        const major = Number(process.versions.node.split('.')[0]);
        expect(field(arch, 'Depends')).toMatch(
          new RegExp(`^nodejs \\(>= ${major}[\\d.]*\\), nodejs \\(<< ${major + 1}~\\), `),
        );
        expect(field(arch, 'Architecture')).toBe(arch);
        // apt would install it, and its bluetoothd takes the adapter.
        expect(field(arch, 'Recommends')).not.toContain('bluez');
      },
    );

    it.each(builtArchitectures)('%s: has the files that docs/broker.md tells to use', (arch) => {
      const used = readFileSync('docs/broker.md', 'utf8')
        .split(/^```.*$/m)
        .filter((_, index) => index % 2 === 1)
        .flatMap(
          (block) =>
            block.match(/(?<= )(scripts|docs\/broker)\/[\w.-]+|^(scripts)\/[\w-]+/gm) ?? [],
        );
      expect(new Set(used)).toContain('scripts/broker-ca');
      const lacking = used.filter(
        (file) => !existsSync(join(folder, arch, 'usr/lib/beacon-terminal', file)),
      );
      expect(lacking).toEqual([]);
    });

    it.each(builtArchitectures)('%s: what its pages link to beside them is there', (arch) => {
      const pages = join(folder, arch, 'usr/share/doc/beacon-terminal');
      const links = readdirSync(pages)
        .filter((name) => name.endsWith('.md'))
        .flatMap((name) => [
          ...readFileSync(join(pages, name), 'utf8').matchAll(/\]\((?!\w+:|\.\.|#)([^)#\s]+)/g),
        ])
        .map(([, path = '']) => path);
      expect(links).toContain('broker/beacon.conf');
      expect(links.filter((path) => !existsSync(join(pages, path)))).toEqual([]);
    });

    it('the manifest and SHA256SUMS have the checksums of what is there', () => {
      const manifest = JSON.parse(
        readFileSync(join(OUT, `beacon-terminal_${version}_manifest.json`), 'utf8'),
      );
      expect(manifest.files.map((file: { name: string }) => file.name)).toEqual(
        expect.arrayContaining(builtArchitectures.map((arch) => debName(arch))),
      );
      const sums = readFileSync(join(OUT, 'SHA256SUMS'), 'utf8');
      for (const { name: file, size, sha256 } of manifest.files) {
        const bytes = readFileSync(join(OUT, file));
        expect(createHash('sha256').update(bytes).digest('hex')).toBe(sha256);
        expect(bytes.length).toBe(size);
        expect(sums).toContain(`${sha256}  ${file}\n`);
      }
    });

    it.each(builtArchitectures)(
      '%s: the bill of materials names the packages that travel, and no others',
      (arch) => {
        const bill = JSON.parse(
          readFileSync(join(OUT, `beacon-terminal_${version}_${arch}.cdx.json`), 'utf8'),
        );
        expect(bill.bomFormat).toBe('CycloneDX');
        const named = new Set<string>(
          bill.components.map((part: { purl: string }) => decodeURIComponent(part.purl)),
        );
        const travels = packagesIn(join(folder, arch, 'usr/lib/beacon-terminal'));
        expect(travels).toContainEqual(expect.stringMatching(/^pkg:npm\/zod@/));
        expect(travels.filter((purl) => !named.has(purl))).toEqual([]);
        expect([...named].filter((purl) => !travels.includes(purl))).toEqual([]);
      },
    );

    it('the changelog begins with this version', () => {
      expect(readFileSync('scripts/package/changelog', 'utf8')).toContain(
        `beacon-terminal (${version}) `,
      );
    });

    it('lintian finds no error', () => {
      const files = builtArchitectures.map((arch) => join(OUT, debName(arch)));
      // Throws when there is one.
      execFileSync('lintian', ['--fail-on', 'error', '--no-tag-display-limit', ...files], {
        stdio: 'pipe',
      });
    });
  },
);

/** What `npm ci` has laid into node_modules, as a bill of materials names it. */
function packagesIn(root: string): string[] {
  return readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter((file) => /(^|\/)node_modules\/(@[^/]+\/)?[^/]+\/package\.json$/.test(file))
    .map((file) => {
      const { name, version: of } = JSON.parse(readFileSync(join(root, file), 'utf8'));
      return `pkg:npm/${name}@${of}`;
    });
}

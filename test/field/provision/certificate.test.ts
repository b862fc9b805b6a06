import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { certificateProblem } from '../../../src/field/provision/certificate.ts';
import {
  certificateRequest,
  isDeviceKey,
  newDeviceKey,
} from '../../../src/field/provision/certificate-request.ts';

const missing = spawnSync('openssl', ['version']).status !== 0;
const folder = mkdtempSync(join(tmpdir(), 'beacon-certificate-'));
afterAll(() => rmSync(folder, { recursive: true }));

function openssl(args: string[], input: string): { status: number | null; text: string } {
  const { status, stdout, stderr } = spawnSync('openssl', args, { input, encoding: 'utf8' });
  return { status, text: stdout + stderr };
}

describe.skipIf(missing && !process.env['CI'])(
  'a device key and its request (needs openssl)',
  () => {
    const keyPem = newDeviceKey();

    it.each(['till-1', 'A'.repeat(36)])('for %s is what openssl takes', (name) => {
      const request = certificateRequest(keyPem, name);
      const read = openssl(['req', '-verify', '-noout', '-text', '-subject'], request);
      expect(read.status).toBe(0);
      expect(read.text).toMatch(/verify OK|Certificate request self-signature verify OK/);
      expect(read.text).toMatch(new RegExp(`CN ?= ?${name}`));
      expect(read.text).toContain('prime256v1');
      expect(read.text).toContain('ecdsa-with-SHA256');
    });

    it('is refused by openssl when one byte of it has changed', () => {
      const lines = certificateRequest(keyPem, 'till-1').trimEnd().split('\n');
      const body = Buffer.from(lines.slice(1, -1).join(''), 'base64');
      const at = body.indexOf('till-1');
      body[at] = 'k'.charCodeAt(0);
      const changed = [lines[0], body.toString('base64'), lines.at(-1), ''].join('\n');
      expect(openssl(['req', '-verify', '-noout'], changed).text).toMatch(/failure/i);
    });

    it('is a key on P-256, and no other text is', () => {
      expect(isDeviceKey(keyPem)).toBe(true);
      expect(isDeviceKey('nonsense')).toBe(false);
      expect(isDeviceKey(openssl(['genrsa', '1024'], '').text)).toBe(false);
    });

    describe('whose certificate', () => {
      const keyFile = join(folder, 'key');
      writeFileSync(keyFile, keyPem);
      const selfSigned = (name: string, days: string, key = keyFile) =>
        openssl(['req', '-x509', '-new', '-key', key, '-subj', `/CN=${name}`, '-days', days], '')
          .text;
      const wanted = { keyPem, terminalId: 'till-1' };

      it('fits is taken, with whatever else the signer prints', () => {
        expect(certificateProblem(`Signed:\n${selfSigned('till-1', '2')}\nbye`, wanted)).toBe(
          undefined,
        );
      });

      it.each([
        ['is none', () => 'sorry', /no certificate/],
        ['names another', () => selfSigned('till-2', '2'), /common name is not till-1/],
        [
          'is for another key',
          () => {
            const other = join(folder, 'other');
            writeFileSync(other, newDeviceKey());
            return selfSigned('till-1', '2', other);
          },
          /another key/,
        ],
      ])('%s is refused', (_what, text, message) => {
        expect(certificateProblem(text(), wanted)).toMatch(message);
      });

      it('is over, or has not begun, is refused', () => {
        const text = selfSigned('till-1', '2');
        const day = 86_400_000;
        expect(certificateProblem(text, wanted, Date.now() + 3 * day)).toMatch(/expired/);
        expect(certificateProblem(text, wanted, Date.now() - day)).toMatch(/begins only/);
      });
    });
  },
);

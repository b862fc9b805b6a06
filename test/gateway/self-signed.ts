import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

const openssl = process.env['OPENSSL'] ?? 'openssl';
export const opensslAvailable = spawnSync(openssl, ['version']).status === 0;

/** Makes a key and a certificate for 127.0.0.1 that it signs itself, and returns the certificate. */
export function makeSelfSigned(files: { cert: string; key: string }, days = 90): string {
  const { status, stderr } = spawnSync(openssl, [
    ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'],
    ...['-subj', '/CN=gateway', '-addext', 'subjectAltName=IP:127.0.0.1', '-days', String(days)],
    ...['-keyout', files.key, '-out', files.cert],
  ]);
  if (status !== 0) throw new Error(`openssl: ${String(stderr)}`);
  return readFileSync(files.cert, 'utf8');
}

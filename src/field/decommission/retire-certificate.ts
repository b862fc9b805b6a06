import { spawnSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { done, type StepResult, stopped } from '../provision/problem.ts';
import { exists } from '../provision/setup-files.ts';

/** Has the certificate revoked by a command that gets it on stdin, or says what to revoke. */
export function retireCertificate(
  file: string | undefined,
  revokeCommand: string | undefined,
): StepResult {
  if (file === undefined || !exists(file)) return done('there is none');
  const text = readFileSync(file, 'utf8');
  let name = file;
  try {
    const { serialNumber, subject, validTo } = new X509Certificate(text);
    name = `serial number ${serialNumber}, ${subject.replaceAll('\n', ', ')}, good until ${validTo}`;
  } catch {
    // The name of the file has to do.
  }
  if (revokeCommand === undefined) {
    return done(`TO BE REVOKED where it was signed: ${name} (scripts/broker-ca revoke)`);
  }
  const { status, stderr, error } = spawnSync('/bin/sh', ['-c', revokeCommand], {
    input: text,
    encoding: 'utf8',
    timeout: 120_000,
  });
  if (status === 0) return done(`revoked: ${name}`);
  // A command that does not read its input ends with EPIPE here: what it said goes before.
  const why = (stderr ?? '').trim() || (error?.message ?? `it ended with ${status}`);
  return stopped({
    code: 'unreachable',
    what: `--revoke-command failed: ${why}`,
    remedy:
      'Try it by hand: it gets the certificate on stdin. Without it, what to revoke is printed.',
  });
}

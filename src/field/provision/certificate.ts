import { spawnSync } from 'node:child_process';
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { type Owner, writeDurably } from './durable-file.ts';
import { done, type Problem, type StepResult, stopped } from './problem.ts';
import { exists, type SetupFiles } from './setup-files.ts';

export interface CertificateWishes {
  files: SetupFiles;
  terminalId: string;
  /** Gets the request on stdin and prints the certificate; run by the shell. */
  signCommand: string | undefined;
  /** A certificate that was signed elsewhere: the PEM text. */
  signed: string | undefined;
  owner: Owner;
  /** How to go on once it is signed. */
  goOn: string;
}

/** The certificates in a text, chain included; signers print much besides. */
function certificatesIn(text: string): string[] {
  return text.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
}

/** What keeps a certificate from letting this terminal in, or undefined. */
export function certificateProblem(
  text: string,
  { keyPem, terminalId }: { keyPem: string; terminalId: string },
  now: number = Date.now(),
): string | undefined {
  const [own] = certificatesIn(text);
  if (own === undefined) return 'it is no certificate in PEM';
  let certificate: X509Certificate;
  try {
    certificate = new X509Certificate(own);
  } catch {
    return 'it cannot be read';
  }
  if (!certificate.checkPrivateKey(createPrivateKey(keyPem))) {
    return 'it was made for another key than the one on this machine';
  }
  const names = certificate.subject.split('\n');
  if (!names.includes(`CN=${terminalId}`)) {
    return `its common name is not ${terminalId}, which the broker takes for the user name`;
  }
  if (Date.parse(certificate.validTo) <= now) return `it expired ${certificate.validTo}`;
  if (Date.parse(certificate.validFrom) > now) return `it begins only ${certificate.validFrom}`;
  return undefined;
}

function refused(why: string, from: string): Problem {
  return {
    code: 'config-invalid',
    what: `The certificate from ${from} cannot be used: ${why}.`,
    remedy: 'Have the request signed again as it is, and check the clocks of both machines.',
  };
}

function signWith(command: string, request: string, terminalId: string): Problem | string {
  const { status, stdout, stderr, error } = spawnSync('/bin/sh', ['-c', command], {
    input: request,
    encoding: 'utf8',
    timeout: 120_000,
    env: { ...process.env, TERMINAL_ID: terminalId },
  });
  if (status === 0) return stdout;
  // A command that does not read its input ends with EPIPE here: what it said goes before.
  const why = (stderr ?? '').trim() || (error?.message ?? `it ended with ${status}`);
  return {
    code: 'unreachable',
    what: `--sign-command failed: ${why}`,
    remedy:
      'Try it by hand: it gets the request on stdin and prints the certificate on stdout. Without it, the request waits to be signed elsewhere.',
  };
}

/** Sees to it that there is a certificate for the device's key, or says what it waits for. */
export async function ensureCertificate(wishes: CertificateWishes): Promise<StepResult> {
  const { files, terminalId, owner } = wishes;
  const keyPem = readFileSync(files.key, 'utf8');
  const wanted = { keyPem, terminalId };

  const place = async (text: string, from: string): Promise<StepResult> => {
    const why = certificateProblem(text, wanted);
    if (why !== undefined) return stopped(refused(why, from));
    const chain = `${certificatesIn(text).join('\n')}\n`;
    await writeDurably(files.certificate, chain, { mode: 0o644, owner });
    const [own = ''] = certificatesIn(chain);
    return done(`${from}: good until ${new X509Certificate(own).validTo}`);
  };

  if (wishes.signed !== undefined) return await place(wishes.signed, 'signed elsewhere');
  const standing = exists(files.certificate) ? readFileSync(files.certificate, 'utf8') : undefined;
  if (standing !== undefined && certificateProblem(standing, wanted) === undefined) {
    const [own = ''] = certificatesIn(standing);
    return done(`there already: good until ${new X509Certificate(own).validTo}`);
  }
  if (wishes.signCommand !== undefined) {
    const request = readFileSync(files.request, 'utf8');
    const answer = signWith(wishes.signCommand, request, terminalId);
    return typeof answer === 'string' ? await place(answer, '--sign-command') : stopped(answer);
  }
  return {
    kind: 'waiting',
    said: `waiting for certificate: have ${files.request} signed, then ${wishes.goOn} --certificate SIGNED.pem`,
  };
}

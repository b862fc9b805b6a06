import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createSecureContext } from 'node:tls';
import type { Logger } from 'pino';
import { TerminalError } from '../terminal-error.ts';

/** Names of PEM files: the certificate with those that vouch for it, and its key. */
export interface CertificateFiles {
  cert: string;
  key: string;
}

/** A certificate and its key that belong together, as PEM text. */
export interface Certificate extends CertificateFiles {
  expiresAt: Date;
}

/**
 * @throws TerminalError `config-invalid` or `not-permitted`, naming the config key at fault
 */
function readCertificate(files: CertificateFiles): Certificate {
  const cert = readPem('gateway.cert', files.cert);
  const key = readPem('gateway.key', files.key);
  let certificate: X509Certificate;
  try {
    certificate = new X509Certificate(cert);
  } catch (cause) {
    throw invalid(`gateway.cert: ${files.cert} holds no PEM certificate`, cause);
  }
  let privateKey: KeyObject;
  try {
    privateKey = createPrivateKey(key);
  } catch (cause) {
    throw invalid(`gateway.key: ${files.key} holds no PEM key that can be read unencrypted`, cause);
  }
  if (!certificate.checkPrivateKey(privateKey)) {
    throw invalid(
      `gateway.key: ${files.key} is not the key of the first certificate in ${files.cert}`,
    );
  }
  try {
    createSecureContext({ cert, key });
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw invalid(`gateway.cert: ${files.cert} cannot be used: ${why}`, cause);
  }
  return { cert, key, expiresAt: new Date(certificate.validTo) };
}

/** A server's certificate, which is renewed while the server runs. */
export interface CertificateKeeper {
  readonly current: Certificate;
  /** From now on looks at the files now and then, and hands over what is new. */
  watch(onRenewed: (certificate: Certificate) => void): void;
  /** Looks at the files at once; what is unchanged or unfit leaves the one in use. */
  reload(): void;
  close(): void;
}

/** Files are looked at this often, whatever tool replaces them and however. */
const LOOK_EVERY_MS = 60_000;
const EXPIRES_SOON_MS = 14 * 24 * 3_600_000;

/** @throws TerminalError like `readCertificate`, for the first reading only */
export function keepCertificate(
  files: CertificateFiles,
  logger: Logger,
  lookEveryMs = LOOK_EVERY_MS,
): CertificateKeeper {
  let current = readCertificate(files);
  let complaint: string | undefined;
  let handOver: (certificate: Certificate) => void = () => {};
  let timer: NodeJS.Timeout | undefined;
  warnOfExpiry();

  function warnOfExpiry() {
    const { expiresAt } = current;
    if (expiresAt.getTime() - Date.now() < EXPIRES_SOON_MS) {
      logger.warn({ file: files.cert, expiresAt }, 'the certificate expires soon or has expired');
    }
  }

  function reload() {
    try {
      const next = readCertificate(files);
      complaint = undefined;
      if (next.cert === current.cert && next.key === current.key) return;
      handOver(next);
      current = next;
      logger.info({ file: files.cert, expiresAt: next.expiresAt }, 'certificate renewed');
      warnOfExpiry();
    } catch (error) {
      // Half of a renewal may be on disk only: the next look sees all of it.
      const message = error instanceof Error ? error.message : String(error);
      if (message !== complaint) {
        logger.error({ reason: message }, 'the certificate cannot be renewed; the old one stays');
      }
      complaint = message;
    }
  }

  return {
    get current() {
      return current;
    },
    watch(onRenewed) {
      handOver = onRenewed;
      timer = setInterval(reload, lookEveryMs).unref();
    },
    reload,
    close: () => clearInterval(timer),
  };
}

function readPem(key: string, file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === 'EACCES' || code === 'EPERM') {
      throw new TerminalError('not-permitted', `${key}: ${file} may not be read by this user`, {
        cause,
      });
    }
    throw invalid(`${key}: ${file} cannot be read (${code})`, cause);
  }
}

function invalid(message: string, cause?: unknown): TerminalError {
  return new TerminalError('config-invalid', message, cause === undefined ? {} : { cause });
}

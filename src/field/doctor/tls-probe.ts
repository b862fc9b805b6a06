import { isIP } from 'node:net';
import type { ConnectionOptions } from 'node:tls';
import { connect } from 'node:tls';
import type { Finding } from './finding.ts';
import { failed, ok, warning } from './finding.ts';

/** What a server shows of itself. */
interface TlsSight {
  protocol: string;
  /** Why the certificate is not good, by Node's code; null: it is. */
  trouble: string | null;
  subject: string;
  issuer: string;
  validFrom: number;
  validTo: number;
}

type Probe = TlsSight | { error: string };

const DAY_MS = 86_400_000;
/** Whoever renews certificates by a program does it a month before. */
const SOON_DAYS = 14;

/** Shakes hands and hangs up: nothing is sent, so that a bad certificate can be looked at, too. */
export function probeTls(
  { host, port }: { host: string; port: number },
  options: ConnectionOptions,
  signal: AbortSignal,
): Promise<Probe> {
  return new Promise((resolve) => {
    const name = isIP(host) === 0 ? { servername: host } : {};
    const socket = connect({ ...options, ...name, host, port, rejectUnauthorized: false });
    const end = (probe: Probe) => {
      socket.destroy();
      resolve(probe);
    };
    signal.addEventListener('abort', () => end({ error: 'ETIMEDOUT' }));
    socket.on('error', (error: NodeJS.ErrnoException) =>
      end({ error: error.code ?? error.message }),
    );
    socket.on('close', () => end({ error: 'ECONNRESET' }));
    socket.on('secureConnect', () => {
      const { subject, issuer, valid_from: from, valid_to: to } = socket.getPeerCertificate();
      const trouble: unknown = socket.authorizationError ?? null;
      end({
        protocol: socket.getProtocol() ?? 'TLS',
        trouble: trouble === null ? null : codeOf(trouble),
        subject: nameOf(subject?.CN),
        issuer: nameOf(issuer?.CN ?? issuer?.O),
        validFrom: Date.parse(from),
        validTo: Date.parse(to),
      });
    });
  });
}

/** Typed as an Error, but it is the code alone where there is one. */
function codeOf(trouble: unknown): string {
  return trouble instanceof Error ? trouble.message : String(trouble);
}

function nameOf(name: string | string[] | undefined): string {
  return [name ?? 'nameless'].flat().join(' ');
}

/** What to do about a certificate that somebody else has to make right. */
export interface TlsRemedies {
  /** It is signed by nobody we trust. */
  untrusted: string;
  /** It is over, or for another name. */
  renew: string;
}

const CLOCK = 'Set the clock of this machine: timedatectl set-ntp true';

/** Judges what was seen at `label`. */
export function tlsFinding(
  label: string,
  probe: Probe,
  { now, remedies }: { now: number; remedies: TlsRemedies },
): Finding {
  if ('error' in probe) {
    return failed(
      `${label}: no TLS there (${probe.error})`,
      'Correct address and port; something between here and there may forbid TLS.',
    );
  }
  const { protocol, trouble, subject, issuer, validFrom, validTo } = probe;
  const date = (at: number) => new Date(at).toISOString().slice(0, 10);
  const who = `certificate of ${subject}, signed by ${issuer}`;
  if (now < validFrom) {
    return failed(`${label}: ${who}, is valid from ${date(validFrom)} on only`, CLOCK);
  }
  if (now > validTo) {
    return failed(
      `${label}: ${who}, expired on ${date(validTo)}`,
      `${remedies.renew} Or: ${CLOCK}`,
    );
  }
  if (trouble === 'ERR_TLS_CERT_ALTNAME_INVALID') {
    return failed(
      `${label}: ${who}, is for another name`,
      `${remedies.renew} Or a portal of this network answers in its place.`,
    );
  }
  if (trouble !== null) {
    return failed(`${label}: ${who}, is not trusted (${trouble})`, remedies.untrusted);
  }
  const days = Math.floor((validTo - now) / DAY_MS);
  const seen = `${label}: ${protocol}, ${who}, until ${date(validTo)}`;
  return days < SOON_DAYS ? warning(`${seen}: ${days} days`, remedies.renew) : ok(seen);
}

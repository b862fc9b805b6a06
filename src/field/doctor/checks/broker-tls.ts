import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { ConnectionOptions } from 'node:tls';
import { isLoopback } from '../../../config/url-problems.ts';
import { tlsOptions } from '../../../mqtt/broker-client.ts';
import { lookAtEach } from '../each-broker.ts';
import type { Finding } from '../finding.ts';
import { failed, ok, skipped, warning } from '../finding.ts';
import { terminalCheck } from '../patient.ts';
import { probeTls, tlsFinding } from '../tls-probe.ts';

const remedies = {
  untrusted: "Let mqtt.ca name the file of the authority that signed the broker's certificate.",
  renew: "Renew the broker's certificate, for the name in mqtt.url.",
};

/** Whether the broker is who it says, and nobody listens. */
export const brokerTls = terminalCheck({
  name: 'broker-tls',
  needs: ['broker-reachable'],
  look(terminal, { now }, signal) {
    let options: ConnectionOptions;
    try {
      options = tlsOptions(terminal.config.mqtt) as ConnectionOptions;
    } catch (error) {
      return failed((error as Error).message, 'Correct the key, or the rights of the file.');
    }
    return lookAtEach(terminal, async (broker): Promise<Finding> => {
      if (broker.secure) {
        const probe = await probeTls(broker, options, signal);
        return tlsFinding(broker.label, probe, { now: now(), remedies });
      }
      return isLoopback(broker.host)
        ? ok(`${broker.label}: without TLS, on this machine`)
        : warning(
            `${broker.label}: without TLS, whoever is in this network reads and writes along`,
            'Let mqtt.url begin with mqtts://, and the broker listen with TLS.',
          );
    });
  },
});

const DAY_MS = 86_400_000;
const SOON_DAYS = 30;
const RENEW = 'Have a new certificate signed for this terminal, and restart the service.';

/** Whether the terminal's own certificate, by which the broker knows it, is good. */
export const brokerCertificate = terminalCheck({
  name: 'broker-certificate',
  look({ config: { mqtt } }, { now }) {
    if (mqtt.cert === undefined || mqtt.key === undefined) return skipped('mqtt.cert is not set');
    try {
      const certificate = new X509Certificate(readFileSync(mqtt.cert));
      const fits = certificate.checkPrivateKey(createPrivateKey(readFileSync(mqtt.key)));
      if (!fits) {
        return failed(`mqtt.key ${mqtt.key} is not the key of ${mqtt.cert}`, RENEW);
      }
      return dated(certificate, now());
    } catch (error) {
      // What OpenSSL and the file system say names the file at most.
      const { code } = error as NodeJS.ErrnoException;
      return failed(
        `mqtt.cert ${mqtt.cert} or mqtt.key ${mqtt.key} cannot be used (${code ?? 'no PEM'})`,
        'Correct the paths, and let the user of the service read them.',
      );
    }
  },
});

function dated(certificate: X509Certificate, now: number): Finding {
  const [from, to] = [certificate.validFrom, certificate.validTo].map((text) => Date.parse(text));
  const date = (at = 0) => new Date(at).toISOString().slice(0, 10);
  const who = `the terminal's certificate (${certificate.subject.replaceAll('\n', ', ')})`;
  if (to === undefined || now > to) return failed(`${who} expired on ${date(to)}`, RENEW);
  if (from === undefined || now < from) {
    return failed(
      `${who} is valid from ${date(from)} on only`,
      'Set the clock of this machine: timedatectl set-ntp true',
    );
  }
  const days = Math.floor((to - now) / DAY_MS);
  const seen = `${who}, until ${date(to)}`;
  return days < SOON_DAYS ? warning(`${seen}: ${days} days`, RENEW) : ok(seen);
}

import { pino } from 'pino';
import type { Config } from '../../../config/resolve.ts';
import { faultRemedies } from '../../../contract/fault-remedies.ts';
import { setupNoteOf } from '../../../engine/setup-note.ts';
import { openJournalReader } from '../../../journal/journal-reader.ts';
import { createPosV10 } from '../../../mobilepay/pos-v10.ts';
import type { CallResult, PaymentPlatform, Pos } from '../../../ports.ts';
import { TerminalError } from '../../../terminal-error.ts';
import { version } from '../../../version.ts';
import type { Finding } from '../finding.ts';
import { failed, ok, warning } from '../finding.ts';
import type { Terminal } from '../patient.ts';
import { terminalCheck } from '../patient.ts';
import { addressesOf, tcpTrouble } from '../tcp-probe.ts';
import { probeTls, tlsFinding } from '../tls-probe.ts';

/** The client's own time limits and repeats end before. */
const CALL_LIMIT_MS = 15_000;

const INTERNET =
  'Look at the internet connection of this place, and at what its firewall lets through.';

/** API and token server, each once. */
function hostsOf({ mobilepay }: Config): URL[] {
  const urls = [mobilepay.baseUrl, mobilepay.authUrl].map((text) => new URL(text));
  return urls.filter((url, index) => urls.findIndex(({ host }) => host === url.host) === index);
}

const nameOf = ({ hostname }: URL) => hostname.replace(/^\[(.*)\]$/, '$1');

/** The first that is not well, or all that was seen. */
function joined(findings: readonly Finding[]): Finding {
  const worst =
    findings.find(({ verdict }) => verdict === 'failed') ??
    findings.find(({ verdict }) => verdict === 'warning');
  return worst ?? ok(findings.map(({ evidence }) => evidence).join('; '));
}

/** Whether its name can be looked up. */
export const mobilepayDns = terminalCheck({
  name: 'mobilepay-dns',
  async look({ config }) {
    const looked = hostsOf(config).map(async (url) => {
      const name = nameOf(url);
      const addresses = await addressesOf(name);
      return 'error' in addresses
        ? failed(
            `${name} is not known (${addresses.error})`,
            `See what the DNS server of this network says: resolvectl query ${name}`,
            'api-unreachable',
          )
        : ok(`${name} is ${addresses.join(', ')}`);
    });
    return joined(await Promise.all(looked));
  },
});

const tlsRemedies = {
  untrusted:
    'Something answers in its place: a portal to log in to, or a proxy that opens TLS. Have this terminal let through.',
  renew: 'Something answers in its place: have this terminal let through.',
};

/** Whether it is really MobilePay that answers. */
export const mobilepayTls = terminalCheck({
  name: 'mobilepay-tls',
  needs: ['mobilepay-dns'],
  async look({ config }, { now }, signal) {
    const looked = hostsOf(config).map(async (url): Promise<Finding> => {
      const plain = url.protocol === 'http:';
      const at = { host: nameOf(url), port: Number(url.port || (plain ? 80 : 443)) };
      if (plain) {
        const trouble = await tcpTrouble(at, signal);
        return trouble === null
          ? ok(`${url.host}: a simulator on this machine, without TLS`)
          : failed(
              `${url.host}: no connection (${trouble})`,
              'Start the simulator.',
              'api-unreachable',
            );
      }
      const probe = await probeTls(at, { minVersion: 'TLSv1.2' }, signal);
      if ('error' in probe) {
        return failed(`${url.host}: no TLS there (${probe.error})`, INTERNET, 'api-unreachable');
      }
      return tlsFinding(url.host, probe, { now: now(), remedies: tlsRemedies });
    });
    return joined(await Promise.all(looked));
  },
});

/** Lets `use` speak to MobilePay as the terminal does, with a token of its own. */
async function asTerminal<T>(
  { config, secrets }: Terminal,
  use: (platform: PaymentPlatform) => Promise<T>,
): Promise<T> {
  const platform = createPosV10({
    ...config.mobilepay,
    clientSecret: secrets?.mobilepayClientSecret ?? '',
    version,
    logger: pino({ level: 'silent' }),
  });
  try {
    return await use(platform);
  } finally {
    await platform.close();
  }
}

/** How a call failed. */
function refusalOf(result: Exclude<CallResult<unknown>, { kind: 'ok' }>): Finding {
  if (result.kind === 'refused') {
    return failed(
      `MobilePay refuses: ${result.message} (${result.refusal.code})`,
      'Correct mobilepay.merchantVat and pos in the config file; MobilePay support knows the code.',
    );
  }
  if (result.kind === 'unanswered' && result.credentialsRefused) {
    return failed(result.detail, faultRemedies['credentials-refused'], 'credentials-refused');
  }
  return failed(`no answer: ${result.detail}`, INTERNET, 'api-unreachable');
}

/** Whether client id and secret are accepted. */
export const mobilepayToken = terminalCheck({
  name: 'mobilepay-token',
  needs: ['mobilepay-tls', 'secrets'],
  limitMs: CALL_LIMIT_MS,
  look: (terminal, _world, signal) =>
    asTerminal(terminal, async (platform) => {
      const authorized = await platform.authorize({ signal });
      return authorized.kind === 'ok'
        ? ok('client id and secret are accepted')
        : refusalOf(authorized);
    }),
});

/** Why the service has no point of sale as configured, by its journal; null: nothing is known. */
function setupTrouble(journalPath: string): string | null {
  try {
    const reader = openJournalReader(journalPath);
    try {
      return setupNoteOf(reader.note('setup-problem'))?.message ?? null;
    } finally {
      reader.close();
    }
  } catch (error) {
    if (error instanceof TerminalError) return null;
    throw error;
  }
}

function findingAbout(pos: Pos, { config }: Terminal): Finding {
  const { name, beaconId } = config.pos;
  const seen = `${pos.merchantPosId} is "${pos.name}", beacon id ${pos.beaconId}, store ${pos.storeId}`;
  const otherId = beaconId !== undefined && beaconId.toLowerCase() !== pos.beaconId.toLowerCase();
  if (pos.name === name && !otherId) return ok(seen);
  return warning(
    `${seen}; the config file says "${name}"${beaconId === undefined ? '' : `, ${beaconId}`}`,
    faultRemedies['pos-outdated'],
    'pos-outdated',
  );
}

/** Whether the terminal has its point of sale there. */
export const mobilepayPos = terminalCheck({
  name: 'mobilepay-pos',
  needs: ['mobilepay-token'],
  limitMs: CALL_LIMIT_MS,
  async look(terminal, _world, signal) {
    const { merchantPosId } = terminal.config.pos;
    const trouble = setupTrouble(terminal.config.journal.path);
    if (trouble !== null)
      return failed(trouble, 'Correct the key that is named, and restart the service.');
    return await asTerminal(terminal, async (platform) => {
      const found = await platform.findPos(merchantPosId, { signal });
      if (found.kind !== 'ok') return refusalOf(found);
      const posId = found.value[0];
      if (posId === undefined) {
        return warning(
          `MobilePay has no point of sale ${merchantPosId}`,
          'Start the service: it makes one at its start.',
        );
      }
      const read = await platform.getPos(posId, { signal });
      return read.kind === 'ok' ? findingAbout(read.value, terminal) : refusalOf(read);
    });
  },
});

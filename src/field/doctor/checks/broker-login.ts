import { randomUUID } from 'node:crypto';
import type { OfflineState } from '../../../contract/messages.ts';
import { topicsOf } from '../../../contract/topics.ts';
import type { BrokerAddress } from '../../../mqtt/broker-address.ts';
import type { BrokerSession } from '../broker-session.ts';
import { openSession } from '../broker-session.ts';
import { lookAtEach } from '../each-broker.ts';
import type { Finding } from '../finding.ts';
import { failed, ok, skipped, warning } from '../finding.ts';
import type { Terminal } from '../patient.ts';
import { terminalCheck } from '../patient.ts';
import { stateOf } from '../service-view.ts';

const WRONG_USER =
  'Correct mqtt.username and the secret mqtt-password, or add them at the broker (mosquitto_passwd).';
const NOT_ALLOWED =
  "Let the broker admit this terminal: by user and password, or by its certificate's name.";

/** CONNACK codes, of 3.1.1 and of 5. */
const refusals: Record<number, { what: string; remedy: string }> = {
  2: { what: 'it refuses the client id', remedy: NOT_ALLOWED },
  3: { what: 'it is not available', remedy: "See the broker's log." },
  4: { what: 'it does not know this user name and password', remedy: WRONG_USER },
  5: { what: 'it does not let this user in', remedy: WRONG_USER },
  133: { what: 'it refuses the client id', remedy: NOT_ALLOWED },
  134: { what: 'it does not know this user name and password', remedy: WRONG_USER },
  135: { what: 'it does not let this user in', remedy: WRONG_USER },
  136: { what: 'it is not available', remedy: "See the broker's log." },
  138: { what: 'this client is banned', remedy: NOT_ALLOWED },
};

function refusedBy(broker: BrokerAddress, error: Error & { code?: unknown }): Finding {
  const { code, message } = error;
  const known = typeof code === 'number' ? refusals[code] : undefined;
  if (known !== undefined) return failed(`${broker.label}: ${known.what}`, known.remedy);
  if (/alert|certificate/i.test(message)) {
    return failed(
      `${broker.label}: it refuses the terminal's certificate (${code ?? message})`,
      'Have a certificate signed by the authority the broker trusts: mqtt.cert and mqtt.key.',
    );
  }
  return failed(
    `${broker.label}: no MQTT there (${code ?? message})`,
    "Correct the port in mqtt.url, or see the broker's log.",
  );
}

/** Whether the broker lets this terminal in. */
export const brokerLogin = terminalCheck({
  name: 'broker-login',
  needs: ['broker-tls'],
  look(terminal, _world, signal) {
    const { username, cert } = terminal.config.mqtt;
    if (username !== undefined && cert === undefined && terminal.secrets === null) {
      return skipped('the secret mqtt-password is not to be had: see the check secrets');
    }
    return lookAtEach(terminal, async (broker) => {
      const opened = await openSession(broker, { ...terminal, signal });
      if (opened.kind === 'refused') return refusedBy(broker, opened.error);
      const { protocolVersion } = opened.session;
      opened.session.close();
      const version = protocolVersion === 5 ? 'MQTT 5' : 'MQTT 3.1.1';
      const user = username === undefined ? '' : ` as ${username}`;
      return ok(`${broker.label}: let in${user}, ${version}`);
    });
  },
});

const ECHO_WITHIN_MS = 2_000;

/** Codes of SUBACK and PUBACK from here on are refusals. */
const REFUSAL = 128;

/** Writes what is retained there already, or says once more that nothing is: nobody notices. */
async function writeAndReadBack(
  session: BrokerSession,
  topic: string,
  payload: string,
): Promise<{ tookMs: number } | { why: string }> {
  session.forget(topic);
  const sentAtMs = performance.now();
  try {
    await session.publishRetained(topic, payload);
  } catch (error) {
    const { code, message } = error as Error & { code?: unknown };
    return { why: `it may not write to ${topic} (${code ?? message})` };
  }
  const echo = await session.message(topic, ECHO_WITHIN_MS);
  return echo === undefined
    ? { why: `what it writes to ${topic} does not come back` }
    : { tookMs: Math.round(performance.now() - sentAtMs) };
}

const textOf = (payload: Uint8Array) => Buffer.from(payload).toString();

async function roundTrip(
  session: BrokerSession,
  { config }: Terminal,
  label: string,
): Promise<Finding> {
  const topics = topicsOf(config.mqtt.prefix, config.terminal.id);
  const { state, allCommands, desiredConfig, reportedConfig } = topics;
  const remedy = `Give ${config.mqtt.username ?? 'this terminal'} in the broker's ACL: readwrite ${topics.root}/#`;
  const wanted = [state, allCommands, desiredConfig];
  const granted = await session.subscribe(wanted);
  const refused = wanted.filter((_, index) => (granted[index] ?? REFUSAL) >= REFUSAL);
  const missing = refused.filter((topic) => topic !== desiredConfig);
  if (missing.length > 0) {
    return failed(`${label}: it may not subscribe to ${missing.join(' and ')}`, remedy);
  }
  const [before, report] = await Promise.all([
    session.retained(state),
    session.retained(reportedConfig),
  ]);
  const online = before !== undefined && stateOf(before) !== null;
  let seen = 'the service is online there, and its state can be read';
  if (!online) {
    // Offline, which is the truth, said once more.
    const offline: OfflineState = { online: false, bootId: randomUUID() };
    const payload = before === undefined ? JSON.stringify(offline) : textOf(before);
    const told = await writeAndReadBack(session, state, payload);
    if ('why' in told) return failed(`${label}: ${told.why}`, remedy);
    seen = `written to ${state} and read back in ${told.tookMs} ms`;
  }
  let trouble: string | null = null;
  if (refused.length > 0) trouble = `it may not subscribe to ${desiredConfig}`;
  else if (!online) {
    const payload = report === undefined ? '' : textOf(report);
    const told = await writeAndReadBack(session, reportedConfig, payload);
    trouble = 'why' in told ? told.why : null;
  } else if (report === undefined) trouble = `what it writes to ${reportedConfig} cannot be read`;
  // Sales go on without it.
  return trouble === null
    ? ok(`${label}: ${seen}`)
    : warning(`${label}: no configuration from afar: ${trouble}`, remedy);
}

/** Whether it may read and write its own topics there. */
export const brokerAcl = terminalCheck({
  name: 'broker-acl',
  needs: ['broker-login'],
  look: (terminal, _world, signal) =>
    lookAtEach(terminal, async (broker) => {
      const opened = await openSession(broker, { ...terminal, signal });
      if (opened.kind === 'refused') return refusedBy(broker, opened.error);
      try {
        return await roundTrip(opened.session, terminal, broker.label);
      } catch (error) {
        return warning(
          `${broker.label}: the connection was lost (${(error as Error).message})`,
          "See the broker's log: another client may use the same client id.",
        );
      } finally {
        opened.session.close();
      }
    }),
});

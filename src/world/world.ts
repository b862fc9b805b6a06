import { randomBytes } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { topicsOf } from '../contract/topics.ts';
import type { Language } from '../page/shown.ts';
import { connectRegister } from '../register/register-client.ts';
import { startSimulator } from '../simulator/simulator.ts';
import { startBroker } from './broker.ts';
import { CustomerPhone } from './customer-phone.ts';
import { exchangeEntry } from './exchange-entry.ts';
import { messageEntry } from './message-entry.ts';
import type { Action, Problem, TimelineEntry } from './page/world-view.ts';
import type { PlayableWorld } from './page-server.ts';
import { PhoneRadio } from './phone-radio.ts';
import { onPort } from './port-flag.ts';
import { Readiness } from './readiness.ts';
import { RegisterDesk } from './register-desk.ts';
import {
  BEACON_ID,
  SHOP_NAME,
  TERMINAL_ID,
  TOPIC_PREFIX,
  terminalEnvironment,
  writeTerminalConfig,
} from './terminal-config.ts';
import { Face } from './terminal-face.ts';
import { TerminalProcess } from './terminal-process.ts';
import { Timeline } from './timeline.ts';
import { TroubleSwitches } from './trouble-switches.ts';

const TIMELINE_LIMIT = 200;

export interface WorldOptions {
  host: string;
  mqttPort: number;
  apiPort: number;
  /** Holds the terminal's config, secrets, log and journal, and MobilePay's memory. */
  dataDir: string;
  /** What the terminal's display speaks at first. */
  language: Language;
}

/** What a page plays with. */
export interface World extends PlayableWorld {
  readonly mqttUrl: string;
  readonly apiUrl: string;
  /**
   * Plugs the terminal in; resolves at its first `idle`.
   * @throws TerminalError `internal` when it does not start
   */
  start(): Promise<{ terminalId: string; beaconId: string | null }>;
  close(): Promise<void>;
}

/**
 * MobilePay, the broker, the register and the phone, and a terminal that is not plugged in yet.
 * @throws TerminalError `port-taken`, naming the flag
 */
export async function openWorld(options: WorldOptions): Promise<World> {
  const { host, mqttPort, apiPort, dataDir } = options;
  const closers: (() => Promise<void>)[] = [];
  const close = async () => {
    for (const one of closers.splice(0).reverse()) await one();
  };
  const topics = topicsOf(TOPIC_PREFIX, TERMINAL_ID);
  const entries = createTopic<TimelineEntry>();
  const views = createTopic<void>();
  const changed = onceInAWhile(() => views.tell());
  const timeline = new Timeline(TIMELINE_LIMIT, entries.tell);
  const readiness = new Readiness(topics);
  const face = new Face();
  let { language } = options;

  try {
    const simulator = await onPort(
      '--api-port',
      apiPort,
      startSimulator({
        host,
        port: apiPort,
        dataDir: join(dataDir, 'mobilepay'),
        onChange: changed,
        onExchange: (exchange) => timeline.add(exchangeEntry(exchange)),
      }),
    );
    closers.push(() => simulator.close());
    const broker = await onPort(
      '--mqtt-port',
      mqttPort,
      startBroker({
        host,
        port: mqttPort,
        onMessage(message) {
          timeline.add(messageEntry(message, topics));
          readiness.message(message);
        },
        onClient: (clientId, connected) =>
          timeline.add({
            lane: 'power',
            from: clientId === `beacon-${TERMINAL_ID}` ? 'terminal' : 'register',
            to: 'broker',
            meaning: { code: connected ? 'connected' : 'disconnected' },
            tone: connected ? 'plain' : 'bad',
            wire: clientId,
          }),
      }),
    );
    closers.push(() => broker.close());
    const register = await connectRegister({
      urls: [broker.url],
      prefix: TOPIC_PREFIX,
      terminalId: TERMINAL_ID,
      protocolVersion: 4,
    });
    closers.push(() => register.close());

    const addresses = { mqttUrl: broker.url, apiUrl: simulator.url };
    const configPath = await writeTerminalConfig(dataDir, addresses);
    const log = createWriteStream(join(dataDir, 'terminal.log'), { flags: 'a', mode: 0o600 });
    closers.push(() => new Promise((resolve) => log.end(resolve)));
    const terminal = new TerminalProcess({
      args: [fileURLToPath(new URL('../main.js', import.meta.url)), 'run', '--config', configPath],
      environment: () => terminalEnvironment(process.env, language),
      onLog: (text) => log.write(text),
      onDevice(message) {
        if (message.kind === 'phone') return phoneRadio.hear(message.news);
        const entry = face.take(message);
        if (entry !== null) timeline.add(entry);
        changed();
      },
      onPower(power) {
        face.setPower(power, language);
        phoneRadio.hear({ of: 'dropped' });
        if (power === 'booting') {
          timeline.add({ lane: 'power', from: 'terminal', to: null, meaning: { code: 'booting' } });
        }
        changed();
      },
      onFailure(lastWords) {
        readiness.failed(lastWords);
        timeline.add({
          lane: 'power',
          from: 'terminal',
          to: null,
          meaning: { code: 'crashed' },
          tone: 'bad',
          payload: lastWords,
        });
      },
    });
    closers.push(() => terminal.stop());

    const phoneRadio = new PhoneRadio((deed) => terminal.tell({ kind: 'phone', deed }));
    const desk = new RegisterDesk(register, changed);
    const phone = new CustomerPhone(simulator, timeline, {
      shop: SHOP_NAME,
      beaconId: BEACON_ID,
      seenBy: () => face.seenBy,
      tellBeacon: () => void phoneRadio.checkIn(randomBytes(16), randomBytes(32)),
    });
    const trouble = new TroubleSwitches({ simulator, broker, terminal, timeline });

    const act = async (action: Action): Promise<Problem | null> => {
      switch (action.do) {
        case 'ask':
          return desk.ask(action.amount);
        case 'cancel':
          return desk.cancel();
        case 'check-in':
          return phone.checkIn();
        case 'accept':
          return phone.accept();
        case 'refuse':
          return phone.refuse();
        case 'put-away':
          phone.putAway();
          return null;
        case 'press':
          terminal.press(action.button, action.long ? 'long-press' : 'press');
          return null;
        case 'trouble':
          await trouble.set(action.trouble, action.on);
          return null;
        case 'speak':
          language = action.language;
          // A sale is finished in the language it was begun in.
          if (face.view().language !== language && readiness.phase === 'idle') terminal.restart();
          return null;
      }
    };

    return {
      ...addresses,
      view: () => ({
        register: desk.view(),
        terminal: face.view(),
        phone: phone.view(),
        trouble: trouble.view(),
      }),
      timeline: () => timeline.all,
      onView: views.listen,
      onEntry: entries.listen,
      async act(action) {
        const problem = await act(action);
        changed();
        return problem;
      },
      start() {
        terminal.start();
        return readiness.ready;
      },
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

function createTopic<T>() {
  const listeners = new Set<(message: T) => void>();
  return {
    tell(message: T) {
      for (const listener of listeners) listener(message);
    },
    listen(listener: (message: T) => void) {
      listeners.add(listener);
      return () => {
        listeners.delete(listener);
      };
    },
  };
}

/** Many calls in one turn of the event loop become one. */
function onceInAWhile(tell: () => void): () => void {
  let due = false;
  return () => {
    if (due) return;
    due = true;
    setImmediate(() => {
      due = false;
      tell();
    });
  };
}

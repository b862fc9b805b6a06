import { readdirSync } from 'node:fs';
import { hostname } from 'node:os';
import { type Data, put, valueProblem } from '../../config/load.ts';
import { checkedSecret, type SecretName } from '../../config/secrets.ts';
import { TerminalError } from '../../terminal-error.ts';
import { type Answers, type Login, logins, valueAt } from './answers.ts';
import type { QuestionName } from './problem.ts';
import type { Prompt } from './prompt.ts';

/** Secrets as they were typed or read: in memory only. */
export type GivenSecrets = Partial<Record<SecretName, string>>;

export interface Asked {
  answers: Answers;
  secrets: GivenSecrets;
  prompt: Prompt;
  /** Whether a secret stands in its file, so that Enter keeps it. */
  isKept: (name: SecretName) => boolean;
}

type Ask = (asked: Asked) => Promise<void>;

/** A key of the config, asked until the schema takes it. Empty means absent where `optional`. */
function keyQuestion(
  path: readonly string[],
  words: string,
  options: { fallback?: (config: Data) => string | undefined; optional?: boolean } = {},
): Ask {
  return async ({ answers, prompt }) => {
    for (;;) {
      const standing = valueAt(answers.config, path);
      const fallback = typeof standing === 'string' ? standing : options.fallback?.(answers.config);
      const answer = await prompt.ask(words, fallback);
      const absent = answer === '' || (options.optional === true && answer === '-');
      const problem = absent && options.optional === true ? undefined : valueProblem(path, answer);
      if (problem === undefined) {
        put(answers.config, path, absent ? undefined : answer);
        return;
      }
      prompt.say(`  ${path.join('.')} ${problem}.`);
    }
  };
}

function secretQuestion(name: SecretName, words: string): Ask {
  return async ({ secrets, prompt, isKept }) => {
    for (;;) {
      const keeps = isKept(name);
      const text = await prompt.askSecret(`${words}${keeps ? ', Enter keeps the old one' : ''}`);
      if (text === '' && keeps) return;
      try {
        secrets[name] = checkedSecret(text, 'this answer');
        return;
      } catch (error) {
        if (!(error instanceof TerminalError)) throw error;
        prompt.say(`  ${error.message}.`);
      }
    }
  };
}

async function yes(prompt: Prompt, question: string, fallback: 'y' | 'n'): Promise<boolean> {
  const answer = await prompt.ask(`${question} (y/n)`, fallback);
  return /^[yj]/i.test(answer);
}

/** How it will log in where nobody has said: by the address and what else is configured. */
export function loginOf({ config, login }: Answers): Login {
  if (login !== undefined) return login;
  if (valueAt(config, ['mqtt', 'cert']) !== undefined) return 'certificate';
  if (valueAt(config, ['mqtt', 'username']) !== undefined) return 'password';
  return isSecure(config) ? 'certificate' : 'none';
}

function isSecure(config: Data): boolean {
  const url = valueAt(config, ['mqtt', 'url']);
  const [first] = Array.isArray(url) ? (url as unknown[]) : [url];
  return typeof first === 'string' && first.startsWith('mqtts:');
}

function hostId(): string | undefined {
  const name = hostname().split('.')[0] ?? '';
  return valueProblem(['terminal', 'id'], name) === undefined ? name : undefined;
}

function idOf(config: Data): string | undefined {
  const id = valueAt(config, ['terminal', 'id']);
  return typeof id === 'string' ? id : undefined;
}

function hasAdapter(): boolean {
  try {
    return readdirSync('/sys/class/bluetooth').length > 0;
  } catch {
    return false;
  }
}

const table: Record<QuestionName, Ask> = {
  'terminal.id': keyQuestion(['terminal', 'id'], 'Name of this terminal, unique at its broker', {
    fallback: hostId,
  }),
  'mobilepay.clientId': keyQuestion(
    ['mobilepay', 'clientId'],
    "MobilePay: the integrator's client id",
  ),
  'mobilepay-client-secret': secretQuestion('mobilepay-client-secret', 'MobilePay: client secret'),
  'mobilepay.merchantVat': keyQuestion(
    ['mobilepay', 'merchantVat'],
    "The merchant's VAT number, such as DK12345678",
  ),
  'pos.name': keyQuestion(['pos', 'name'], 'What the customer reads in the app', {
    fallback: idOf,
  }),
  'pos.beaconId': keyQuestion(
    ['pos', 'beaconId'],
    'Beacon id, 15 digits or a GUID (Enter: MobilePay makes one)',
    { optional: true },
  ),
  'beacon.mode': keyQuestion(['beacon', 'mode'], 'Bluetooth beacon: off, one-way or two-way', {
    fallback: () => (hasAdapter() ? 'two-way' : 'off'),
  }),
  'mqtt.url': keyQuestion(['mqtt', 'url'], 'Address of the broker, such as mqtts://broker:8883'),
  'mqtt.ca': async (asked) => {
    if (!isSecure(asked.answers.config)) return;
    await keyQuestion(
      ['mqtt', 'ca'],
      "PEM file of the broker's certificate authority (-: this machine's own list)",
      { optional: true },
    )(asked);
  },
  login: async ({ answers, prompt }) => {
    for (;;) {
      const words = `How it logs in at the broker: ${logins.join(', ')}`;
      const answer = await prompt.ask(words, loginOf(answers));
      const login = logins.find((each) => each === answer);
      if (login === undefined) continue;
      answers.login = login;
      if (login !== 'password') put(answers.config, ['mqtt', 'username'], undefined);
      return;
    }
  },
  'mqtt.username': async (asked) => {
    if (loginOf(asked.answers) !== 'password') return;
    await keyQuestion(['mqtt', 'username'], 'User name at the broker', { fallback: idOf })(asked);
  },
  'mqtt-password': async (asked) => {
    if (loginOf(asked.answers) !== 'password') return;
    await secretQuestion('mqtt-password', 'Password at the broker')(asked);
  },
  store: async ({ answers }) => {
    // Picked from MobilePay's list when that is at hand.
    delete answers.store;
    for (const key of ['storeId', 'merchantBrandId', 'merchantLocationId']) {
      put(answers.config, ['pos', key], undefined);
    }
  },
  takeOver: async (asked) => {
    const { answers, prompt } = asked;
    if (await yes(prompt, 'Does this terminal replace the one that had it?', 'n')) {
      answers.takeOver = true;
    } else {
      await table['terminal.id'](asked);
    }
  },
};

const everything: readonly QuestionName[] = [
  'terminal.id',
  'mobilepay.clientId',
  'mobilepay-client-secret',
  'mobilepay.merchantVat',
  'pos.name',
  'pos.beaconId',
  'beacon.mode',
  'mqtt.url',
  'mqtt.ca',
  'login',
  'mqtt.username',
  'mqtt-password',
];

/** Asks these; or all, from the first to the last, with what is known already as the defaults. */
export async function askQuestions(
  asked: Asked,
  names: readonly QuestionName[] = everything,
): Promise<void> {
  const section = valueAt(asked.answers.config, ['mobilepay', 'baseUrl']);
  if (names === everything && section === undefined) {
    await keyQuestion(['mobilepay', 'baseUrl'], "MobilePay's address", {
      fallback: () => 'https://api.mobilepay.dk',
    })(asked);
  }
  for (const name of names) await table[name](asked);
}

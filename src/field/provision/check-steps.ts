import { readFileSync } from 'node:fs';
import { put } from '../../config/load.ts';
import { type SecretName, secretNames } from '../../config/secrets.ts';
import { TerminalError } from '../../terminal-error.ts';
import { checkWritable } from './durable-file.ts';
import type { Job } from './job.ts';
import { checkMerchant, pickStore, storeLine } from './merchant.ts';
import { checkApi, checkBrokers } from './network-check.ts';
import { done, type Problem, type StepResult, stopped } from './problem.ts';
import { loginOf } from './questions.ts';

/** Everything is there and can be written. Nothing is asked of anybody else yet. */
export async function checkInputs(job: Job): Promise<StepResult> {
  const config = job.config();
  if (job.secret('mobilepay-client-secret') === undefined) {
    return stopped({
      code: 'config-invalid',
      what: 'The client secret for MobilePay is missing.',
      remedy:
        'Give it with --client-secret-file FILE (- for stdin), or in a terminal, where it is asked for.',
      ask: ['mobilepay-client-secret'],
    });
  }
  if (loginOf(job.answers) === 'password' && job.secret('mqtt-password') === undefined) {
    return stopped({
      code: 'config-invalid',
      what: `The password of ${config.mqtt.username} at the broker is missing.`,
      remedy:
        'Give it with --mqtt-password-file FILE (- for stdin), or in a terminal, where it is asked for.',
      ask: ['mqtt-password'],
    });
  }
  const outdone = secretNames.find((name) => {
    const kept = job.options.credentials(name);
    return kept !== undefined && kept !== job.secret(name);
  });
  if (outdone !== undefined) return stopped(keptBySystemd(outdone));
  const files = job.files();
  try {
    await checkWritable(files.config);
    await checkWritable(files.key);
  } catch (error) {
    if (!(error instanceof TerminalError)) throw error;
    return stopped({
      code: error.code,
      what: `${error.message}.`,
      remedy: 'Run it as root (sudo), or name another --config.',
    });
  }
  return done(`${config.terminal.id}, to be written to ${files.config}`);
}

function keptBySystemd(name: SecretName): Problem {
  return {
    code: 'config-invalid',
    what: `systemd keeps another ${name} for the service, and that one would be used.`,
    remedy: `Put the new one in its place, or remove the old one: stop the service, and look for beacon-terminal.${name} in /etc/credstore and /etc/credstore.encrypted. Then run this again.`,
  };
}

/** MobilePay and a broker are there, and the clock agrees with theirs. */
export async function checkNetwork(job: Job): Promise<StepResult> {
  const { mobilepay, mqtt } = job.config();
  const api = await checkApi(mobilepay.baseUrl);
  if ('what' in api) return stopped(api);
  const ca = brokerCaOf(job);
  if (typeof ca === 'object') return stopped(ca);
  const brokers = await checkBrokers(mqtt.url, ca);
  if ('what' in brokers) return stopped(brokers);
  for (const missed of brokers.missed) job.options.say(`      note: ${missed.what}`);
  const skew = (Math.abs(api.skewMs) / 1000).toFixed(0);
  const { host } = new URL(mobilepay.baseUrl);
  return done(
    `${host} and ${brokers.reached.join(', ')} answer; the clock is right within ${skew} s`,
  );
}

function brokerCaOf(job: Job): Problem | string | undefined {
  const { ca } = job.config().mqtt;
  if (job.options.brokerCa !== undefined || ca === undefined) return job.options.brokerCa;
  try {
    return readFileSync(ca, 'utf8');
  } catch (error) {
    return {
      code: 'config-invalid',
      what: `mqtt.ca: ${ca} cannot be read (${(error as NodeJS.ErrnoException).code}).`,
      remedy: "Name the PEM file of the broker's certificate authority: --broker-ca FILE.",
      ask: ['mqtt.ca'],
    };
  }
}

/** Client id, secret and VAT number are right. */
export async function checkCredentials(job: Job): Promise<StepResult> {
  const { mobilepay } = job.config();
  const merchant = await checkMerchant(job.platform(), mobilepay);
  if ('problem' in merchant) return stopped(merchant.problem);
  job.stores = merchant.stores;
  const count = merchant.stores.length;
  const stores = count === 1 ? '1 store' : `${count} stores`;
  return done(`a token was granted; ${mobilepay.merchantVat} has ${stores}`);
}

/** Which store it stands in. */
export async function chooseStore(job: Job): Promise<StepResult> {
  const { pos } = job.config();
  let pick = pickStore(job.stores, { pos, name: job.answers.store });
  const { prompt } = job.options;
  if (prompt !== undefined && pick.kind !== 'store') {
    if (pick.kind === 'problem') prompt.say(`      ${pick.problem.what}`);
    pick = { kind: 'store', store: await askForStore(job, prompt) };
  }
  if (pick.kind === 'problem') return stopped(pick.problem);
  if (pick.kind === 'open') {
    const names = job.stores.map((store) => `\n    ${storeLine(store)}`).join('');
    return stopped({
      code: 'config-invalid',
      what: `Nobody has said in which of ${job.stores.length} stores it stands:${names}`,
      remedy: 'Name it: store: NAME, or pos.storeId.',
      ask: ['store'],
    });
  }
  const { store } = pick;
  if (pos.merchantBrandId === undefined) put(job.answers.config, ['pos', 'storeId'], store.storeId);
  return done(storeLine(store));
}

async function askForStore(job: Job, prompt: NonNullable<Job['options']['prompt']>) {
  const { stores, answers } = job;
  for (const key of ['storeId', 'merchantBrandId', 'merchantLocationId']) {
    put(answers.config, ['pos', key], undefined);
  }
  prompt.say('      The stores of this merchant:');
  for (const [index, store] of stores.entries()) {
    prompt.say(`      ${String(index + 1).padStart(3)}  ${storeLine(store)}`);
  }
  for (;;) {
    const text = await prompt.ask('      Which one? Its number or its name', '1');
    const byNumber = /^\d+$/.test(text) ? stores[Number(text) - 1] : undefined;
    const picked = byNumber ?? named(text);
    if (picked !== undefined) {
      answers.store = picked.name;
      return picked;
    }
    prompt.say('      That is none of them.');
  }
  function named(text: string) {
    const pick = pickStore(stores, { pos: {}, name: text });
    return pick.kind === 'store' ? pick.store : undefined;
  }
}

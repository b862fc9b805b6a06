// A whole register in one file, to read and to begin with:
//
//   node register.mjs 12.50 sale-1001.json
//
// It asks the terminal for an amount and says what the cashier may do. Stop the broker, pull the
// terminal's plug, kill this program and give the same line again: the customer pays once.
// Environment: MQTT_URL (mqtt://127.0.0.1:1883), TERMINAL (beacon/1/till-1).
import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import mqtt from 'mqtt';

const [amount, file] = process.argv.slice(2);
if (!/^\d{1,6}\.\d\d$/.test(amount ?? '') || file === undefined) {
  console.error('Usage: node register.mjs AMOUNT FILE, such as 12.50 sale-1001.json');
  process.exit(64);
}
const root = process.env.TERMINAL ?? 'beacon/1/till-1';

// 1. A wish has an id of its own, and is on our disk before it is sent: whoever repeats it, repeats
//    the very same.
let again = existsSync(file);
if (!again) {
  const wish = {
    id: `start-${randomUUID()}`,
    orderId: randomUUID(),
    amount: { currency: 'DKK', value: Number(amount.replace('.', '')) },
    expiresAt: new Date(Date.now() + 60_000).toISOString(),
  };
  writeFileSync(file, JSON.stringify(wish), { flush: true });
}
const start = JSON.parse(readFileSync(file, 'utf8'));

const client = mqtt.connect(process.env.MQTT_URL ?? 'mqtt://127.0.0.1:1883', {
  // MQTT 3.1.1, which every broker speaks.
  protocolVersion: 4,
  clientId: 'register-1',
  // 2. The broker keeps what happens while we are away.
  clean: false,
});
client.on('error', (error) => console.error(`broker: ${error.message}`));
client.on('connect', () => {
  const topics = [`${root}/event/payment`, `${root}/reply`, `${root}/state`];
  client.subscribe(topics, { qos: 1 }, speak);
});

let newest = { revision: 0 };
let terminalBoot;

/**
 * 3. Without an answer: again. The start is carried out once and answered as it was the first time;
 *    what has become of the order since then, a get tells.
 */
function speak() {
  const expired = Date.parse(start.expiresAt) <= Date.now();
  if (!expired) command('payment/start', start);
  if (expired || again) {
    command('payment/get', { id: `get-${randomUUID()}`, orderId: start.orderId });
  }
  again = true;
}
function command(name, payload) {
  client.publish(`${root}/command/${name}`, JSON.stringify(payload), { qos: 1 });
}
setInterval(speak, 10_000);

client.on('message', (topic, payload) => {
  const message = JSON.parse(payload.toString());
  if (topic === `${root}/event/payment`) see(message);
  else if (topic === `${root}/reply`) hear(message);
  else if (message.online) {
    // The terminal has started anew: what it had not taken in must be said again.
    if (terminalBoot !== undefined && terminalBoot !== message.bootId) speak();
    terminalBoot = message.bootId;
  }
});

/** 4. The payment with the highest revision is the true one, and its outcome alone decides. */
function see(payment) {
  if (payment?.orderId !== start.orderId || payment.revision <= newest.revision) return;
  newest = payment;
  console.log(payment.outcome, payment.reason ?? '');
  if (payment.outcome === 'approved') finish('Paid: hand over the goods.', 0);
  if (payment.outcome === 'declined') finish('Not paid, and nothing will be taken.', 1);
}

/** 5. `ok: false` is a promise that no money moves because of this command. */
function hear(reply) {
  if (reply.ok) return see(reply.result);
  const never = reply.id?.startsWith('get-') && reply.error.code === 'unknown-order';
  if (reply.id === start.id || never) finish(`Nothing was begun: ${reply.error.message}`, 1);
}

/** What we have not acknowledged comes again; we know it by its revision. */
function finish(words, exitCode) {
  console.log(words);
  process.exit(exitCode);
}

/**
 * The floor: what the same libraries need for the same calls and messages, with no journal, no
 * checks and no recovery. It does what a terminal does in a sale, and nothing else.
 * Environment: FLOOR_MQTT, FLOOR_API, FLOOR_AUTHORIZATION, FLOOR_CLIENT_ID, FLOOR_VAT,
 * FLOOR_ROOT (topic prefix), FLOOR_MERCHANT_POS_ID.
 */
import { randomUUID } from 'node:crypto';
import { Agent } from 'node:http';
import axios from 'axios';
import { connect } from 'mqtt';

function setting(name: string): string {
  const value = process.env[name];
  if (value === undefined) throw new Error(`${name} is not set`);
  return value;
}

const root = setting('FLOOR_ROOT');
const client = connect(setting('FLOOR_MQTT'), {
  protocolVersion: 5,
  clientId: `floor-${root.replaceAll('/', '-')}`,
});
client.on('connect', () =>
  (client.stream as unknown as { setNoDelay(on: boolean): void }).setNoDelay(true),
);

const http = axios.create({
  baseURL: setting('FLOOR_API'),
  httpAgent: new Agent({ keepAlive: true }),
  validateStatus: () => true,
});
const token = await http.post(
  '/integrator-authentication/connect/token',
  `grant_type=client_credentials&merchant_vat=${setting('FLOOR_VAT')}`,
  {
    headers: {
      authorization: setting('FLOOR_AUTHORIZATION'),
      'content-type': 'application/x-www-form-urlencoded',
    },
  },
);
const headers = {
  authorization: `Bearer ${(token.data as { access_token: string }).access_token}`,
  'x-mobilepay-client-system-version': '0.1.0',
  'x-mobilepay-merchant-vat-number': setting('FLOOR_VAT'),
  'x-ibm-client-id': setting('FLOOR_CLIENT_ID'),
};
const found = await http.get(
  `/pos/v10/pointofsales?merchantPosId=${setting('FLOOR_MERCHANT_POS_ID')}`,
  { headers },
);
const posId = (found.data as { posIds: string[] }).posIds[0];
await http.get(`/pos/v10/pointofsales/${posId}`, { headers });

client.on('message', (topic, payload) => {
  if (topic === `${root}/command/payment/start`) void sale(JSON.parse(payload.toString()));
});
if (!client.connected) await new Promise((resolve) => client.once('connect', resolve));
await client.subscribeAsync(`${root}/command/#`, { qos: 1 });
client.publish(`${root}/state`, JSON.stringify({ online: true, phase: 'idle' }), {
  qos: 1,
  retain: true,
});

async function sale(command: { orderId: string; amount: { value: number } }): Promise<void> {
  const amount = command.amount.value / 100;
  const created = await http.post(
    '/pos/v10/payments',
    {
      posId,
      orderId: command.orderId,
      amount,
      currencyCode: 'DKK',
      plannedCaptureDelay: 'None',
    },
    { headers: { ...headers, 'x-mobilepay-idempotency-key': randomUUID() } },
  );
  const { paymentId } = created.data as { paymentId: string };
  const tell = (platformStatus: string) =>
    client.publish(
      `${root}/event/payment`,
      JSON.stringify({ orderId: command.orderId, paymentId, platformStatus }),
      { qos: 1 },
    );
  tell('Initiated');
  for (let status = 'Initiated'; status !== 'Reserved'; ) {
    const got = await http.get(`/pos/v10/payments/${paymentId}`, { headers });
    const seen = got.data as { status: string; pollDelayInMs: number };
    if (seen.status !== status) tell(seen.status);
    status = seen.status;
    if (status !== 'Reserved') await new Promise((next) => setTimeout(next, seen.pollDelayInMs));
  }
  await http.post(`/pos/v10/payments/${paymentId}/capture`, { amount }, { headers });
  tell('Captured');
}

import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { type Client, enter } from './client.ts';
import {
  Authority,
  startTemplateBroker,
  type TemplateBroker,
  templatesToolsMissing,
  WITNESS,
} from './templates.ts';

const KINDS = [
  'state',
  'info',
  'event/payment',
  'event/refund',
  'event/checkin',
  'event/button',
  'event/fault',
  'reply',
  'reply/register-4711',
  'reply/gateway-4711',
  'reply/care/4711',
  'telemetry',
  'config/desired',
  'config/reported',
  'command/payment/start',
  'command/payment/capture',
  'command/payment/cancel',
  'command/refund/start',
  'command/refund/capture',
  'command/refund/cancel',
  'command/checkin/notify',
  'command/terminal/restart',
];
const of = (who: string, kinds: string[]) => kinds.map((kind) => `beacon/1/${who}/${kind}`);
const both = (kinds: string[]) => [...of('till-1', kinds), ...of('till-2', kinds)];
const EVERYTHING = [
  ...both(KINDS),
  'beacon/1',
  'beacon/1/till-1',
  'beacon/2/till-1/state',
  'other/x',
];

const events = KINDS.filter((kind) => kind.startsWith('event/'));
const replies = KINDS.filter((kind) => kind.startsWith('reply'));
const commands = KINDS.filter((kind) => kind.startsWith('command/'));
const settling = commands.filter((kind) => /\/(capture|cancel)$/.test(kind));
const ofTerminal = (who: string) => ({
  reads: of(who, ['state', 'config/desired', 'config/reported', ...commands, ...replies]),
  writes: of(who, [
    ...['state', 'info', ...events, ...replies, 'telemetry', 'config/reported'],
    // What decommission needs; never a start.
    ...settling,
  ]),
});
const rights: Record<string, { reads: string[]; writes: string[] }> = {
  'till-1': ofTerminal('till-1'),
  'till-2': ofTerminal('till-2'),
  'register-1': {
    reads: of('till-1', ['state', 'info', ...events, ...replies, 'telemetry']),
    writes: of('till-1', commands),
  },
  'gateway-1': { reads: both(['info']), writes: both(['command/checkin/notify']) },
  care: {
    reads: both([
      'state',
      'info',
      'event/fault',
      'reply/care/4711',
      'telemetry',
      'config/reported',
    ]),
    writes: both(['config/desired', 'command/terminal/restart']),
  },
  // Has a certificate of the same authority, but nothing to do here.
  stranger: { reads: [], writes: [] },
};

describe.skipIf(templatesToolsMissing && !process.env['CI'])(
  'rights by the templates (needs mosquitto, openssl and faketime)',
  () => {
    let authority: Authority;
    let broker: TemplateBroker;
    let witness: Client;
    const papers = new Map<string, ReturnType<Authority['admit']>>();

    beforeAll(async () => {
      authority = new Authority();
      broker = await startTemplateBroker(authority);
      for (const name of [WITNESS, ...Object.keys(rights)]) papers.set(name, authority.admit(name));
      witness = await enterAs(WITNESS);
      await witness.mqtt.subscribeAsync(['beacon/#', 'other/#'], { qos: 1 });
    });
    afterAll(async () => {
      await witness?.close();
      await broker?.destroy();
    });

    async function enterAs(name: string, options: Parameters<typeof enter>[2] = {}) {
      return enter(broker.url, papers.get(name) ?? {}, options);
    }
    async function visit(name: string, options: Parameters<typeof enter>[2] = {}) {
      const client = await enterAs(name, options);
      onTestFinished(() => client.close());
      return client;
    }
    /** Publishes everything, and returns what of it the reader heard. */
    async function heardOf(reader: Client, name: string, text: string, retain = false) {
      for (const topic of EVERYTHING) {
        expect(await witness.publishes(topic, text, retain), topic).toBe(true);
      }
      // What one client publishes arrives in order: behind this nothing more can come.
      const last = `beacon/1/${name}/state`;
      const own = name.startsWith('till-') || name === 'stranger';
      const end = own ? last : (rights[name]?.reads[0] ?? '');
      await witness.publishes(end, `${text}, the end`);
      await reader.hears(`${end} ${text}, the end`);
      return reader.heard
        .filter((line) => line.endsWith(` ${text}`))
        .map((line) => line.split(' ')[0] ?? '');
    }

    describe.each(Object.keys(rights))('%s', (name) => {
      const { reads = [], writes = [] } = rights[name] ?? {};

      it('reads what it must, and nothing else', async () => {
        const reader = await visit(name);
        await reader.mqtt.subscribeAsync(['#', 'beacon/#', ...EVERYTHING], { qos: 1 });
        const heard = await heardOf(reader, name, `live for ${name}`);
        expect([...new Set(heard)].toSorted()).toEqual(reads.toSorted());
      });

      it('reads of what is retained what it must, and nothing else', async () => {
        for (const topic of EVERYTHING) await witness.publishes(topic, 'kept', true);
        const reader = await visit(name);
        await reader.mqtt.subscribeAsync(['#'], { qos: 1 });
        await heardOf(reader, name, `after what is retained for ${name}`);
        const kept = reader.heard.filter((line) => line.endsWith(' kept'));
        expect(kept.toSorted()).toEqual(reads.map((topic) => `${topic} kept`).toSorted());
        for (const topic of EVERYTHING) await witness.publishes(topic, '', true);
      });

      it('writes what it must, and nothing else', async () => {
        const writer = await visit(name);
        const text = `written by ${name}`;
        const taken: string[] = [];
        for (const topic of EVERYTHING) {
          if (await writer.publishes(topic, text)) taken.push(topic);
        }
        await witness.publishes('other/x', `${text}, the end`);
        await witness.hears(`other/x ${text}, the end`);
        const heard = witness.heard.filter((line) => line.endsWith(` ${text}`));
        expect(taken.toSorted()).toEqual(writes.toSorted());
        expect(heard.toSorted()).toEqual(writes.map((topic) => `${topic} ${text}`).toSorted());
      });
    });

    it("keeps a terminal's last will from saying that another one is offline", async () => {
      const will = (topic: string) => ({
        will: { topic, payload: Buffer.from('gone'), qos: 1 as const, retain: false },
      });
      const liar = await enterAs('till-2', will('beacon/1/till-1/state'));
      liar.vanish();
      const honest = await enterAs('till-2', will('beacon/1/till-2/state'));
      honest.vanish();
      await witness.hears('beacon/1/till-2/state gone');
      expect(witness.heard).not.toContain('beacon/1/till-1/state gone');
    });

    it('gives a queued command to nobody who takes the name of the session that it waits for', async () => {
      const session = {
        clientId: 'beacon-till-1',
        clean: false,
        properties: { sessionExpiryInterval: 3600 },
      };
      const command = 'beacon/1/till-1/command/payment/start';
      const terminal = await enterAs('till-1', session);
      await terminal.mqtt.subscribeAsync('beacon/1/till-1/command/#', { qos: 1 });
      await terminal.close();
      expect(await witness.publishes(command, 'queued')).toBe(true);

      const thief = await enterAs('till-2', session);
      await thief.mqtt.subscribeAsync('beacon/1/till-2/command/#', { qos: 1 });
      await witness.publishes(command, 'live');
      await witness.publishes('beacon/1/till-2/command/x', 'the end');
      await thief.hears('beacon/1/till-2/command/x the end');
      expect(thief.heard).toEqual(['beacon/1/till-2/command/x the end']);
      await thief.close();
    });

    it('takes no message that is longer than a register may read', async () => {
      // In 3.1.1 the broker has not told its limit, and the client does not look.
      const client = await enterAs('till-1', { protocolVersion: 4 });
      const closed = new Promise<void>((resolve) => client.mqtt.once('close', () => resolve()));
      client.mqtt.publish('beacon/1/till-1/reply', Buffer.alloc(1024 * 1024), { qos: 0 });
      await closed;
      expect(witness.heard.filter((line) => line.length > 1_000_000)).toEqual([]);
      await client.close();
    });
  },
);

import { pino } from 'pino';
import type { Reply } from '../../src/contract/errors.ts';
import type { FaultCode } from '../../src/contract/faults.ts';
import type { EventName, EventPayload } from '../../src/contract/messages.ts';
import type { PaymentSnapshot } from '../../src/contract/payment-snapshot.ts';
import type { RefundSnapshot } from '../../src/contract/refund-snapshot.ts';
import { createEngine, type EngineOptions } from '../../src/engine/engine.ts';
import { createTrustedClock } from '../../src/engine/trusted-clock.ts';
import type { WantedPos } from '../../src/engine/wanted-pos.ts';
import { openJournal } from '../../src/journal/sqlite-journal.ts';
import type { Pos, ReplyAddress, TerminalView } from '../../src/ports.ts';
import { createFakeLink } from './fake-link.ts';
import { createFakePlatform, type Operation, type Request } from './fake-platform.ts';
import type { Surroundings } from './surroundings.ts';
import type { Entry, Note } from './trace.ts';
import { watchJournal } from './watched-journal.ts';

/** The PoS of the tests' configuration. */
export const wantedPos: WantedPos = {
  merchantPosId: 'till-1',
  name: 'Kasse 1',
  store: { storeId: 'store-1' },
  beaconId: null,
  supportedBeaconTypes: ['QR', 'Bluetooth'],
  callbackAlias: null,
  requirePaymentBeforeCheckin: false,
};

export const price = { currency: 'DKK', value: 1250 } as const;

export interface BootOptions {
  /** Whether the broker is there at once; true unless said. */
  connected?: boolean;
  engine?: Partial<EngineOptions>;
  /** Returns before the terminal has had any time. */
  atOnce?: boolean;
  /** Takes every line of the log, whatever its level. */
  logTo?: string[];
}

const ERROR_LEVEL = pino.levels.values['error'] ?? 50;
let lastId = 0;

/** One boot of the terminal: the real engine on the real journal, the rest behind its ports. */
export function createTill(world: Surroundings, bootId: string, options: BootOptions) {
  const note = (entry: Note): void => {
    world.trace.push({ ...entry, atMs: Date.now(), bootId } as Entry);
  };
  const errors: string[] = [];
  const { logTo } = options;
  const logger = pino(
    { level: logTo === undefined ? 'error' : 'trace' },
    {
      write(line: string) {
        logTo?.push(line.trim());
        const { level } = JSON.parse(line) as { level: number };
        if (level >= ERROR_LEVEL) errors.push(line.trim());
      },
    },
  );
  const opened = openJournal({ path: world.journalPath, keepDays: 400, logger });
  const journal = watchJournal(opened, note);
  const link = createFakeLink({ journal, note, connected: options.connected ?? true });
  const platform = createFakePlatform({
    mobilePay: world.mobilePay,
    network: world.network,
    bootId,
    note,
  });
  const clock = createTrustedClock({
    newestJournalEntry: journal.newestTrustedAt(),
    wallMs: world.wallMs,
    monotonicMs: () => performance.now(),
  });
  const views: TerminalView[] = [];
  const poses: Pos[] = [];
  const restarts: string[] = [];
  const logLevels: string[] = [];
  let idles = 0;
  let gone = false;
  let endedAtMs: number | undefined;
  const engine = createEngine({
    terminalId: 'till-1',
    version: '1.2.3',
    bootId,
    journal,
    damage: null,
    clock,
    link,
    platform,
    logger,
    wantedPos,
    defaults: {
      currency: 'DKK',
      autoCapture: true,
      plannedCaptureDelay: 'None',
      customerTimeoutSeconds: 180,
    },
    refundRules: { enabled: true, maxAmount: 1_000_000 },
    beaconMode: 'off',
    hasDisplay: true,
    setLogLevel: (level) => void logLevels.push(level),
    onView: (view) => void views.push(view),
    onPos: (pos) => void poses.push(pos),
    onIdle: () => {
      idles += 1;
    },
    onRestart: (why) => void restarts.push(why),
    ...options.engine,
  });

  const mine = <K extends Entry['kind']>(kind: K): Extract<Entry, { kind: K }>[] =>
    world.trace.filter(
      (entry): entry is Extract<Entry, { kind: K }> =>
        entry.kind === kind && entry.bootId === bootId,
    );

  const till = {
    bootId,
    wantedPos: options.engine?.wantedPos ?? wantedPos,
    engine,
    journal,
    link,
    clock,
    views,
    poses,
    restarts,
    logLevels,
    errors,
    idles: () => idles,

    // ------------------------------------------------------------ the register

    /** Puts a command on the wire as it is. Throws what the terminal throws: then no PUBACK. */
    sendRaw(
      name: string,
      payload: unknown,
      more: { retained?: boolean; replyTo?: ReplyAddress } = {},
    ): void {
      const bytes =
        payload instanceof Uint8Array
          ? payload
          : new TextEncoder().encode(
              typeof payload === 'string' ? payload : JSON.stringify(payload),
            );
      link.handlers().onCommand({
        name,
        payload: bytes,
        retained: more.retained ?? false,
        replyTo: more.replyTo ?? { topic: null, correlationData: null },
      });
    },
    /** Sends a command under an id of its own, which it returns. */
    send(name: string, payload: Record<string, unknown> = {}): string {
      lastId += 1;
      const id = typeof payload['id'] === 'string' ? payload['id'] : `c-${lastId}`;
      note({ kind: 'command', id, name });
      till.sendRaw(name, { ...payload, id });
      return id;
    },
    /** A start as registers send it. */
    start(orderId: string, more: Record<string, unknown> = {}): string {
      return till.send('payment/start', { orderId, amount: price, expiresAt: soon(), ...more });
    },
    prepare: (orderId: string, more: Record<string, unknown> = {}): string =>
      till.send('payment/prepare', { orderId, expiresAt: soon(), ...more }),
    ready: (orderId: string, more: Record<string, unknown> = {}): string =>
      till.send('payment/ready', { orderId, amount: price, expiresAt: soon(), ...more }),
    capture: (orderId: string, more: Record<string, unknown> = {}): string =>
      till.send('payment/capture', { orderId, expiresAt: soon(), ...more }),
    cancel: (orderId: string): string => till.send('payment/cancel', { orderId }),
    get: (orderId: string): string => till.send('payment/get', { orderId }),
    /** A refund of an order, or of what `more` names. */
    refund(orderId: string, refundOrderId: string, more: Record<string, unknown> = {}): string {
      const amount = { currency: 'DKK', value: 500 };
      const wish = { orderId, refundOrderId, amount, expiresAt: soon(), ...more };
      return till.send('refund/start', wish);
    },
    captureRefund: (refundOrderId: string): string =>
      till.send('refund/capture', { refundOrderId, expiresAt: soon() }),
    cancelRefund: (refundOrderId: string): string => till.send('refund/cancel', { refundOrderId }),
    getRefund: (refundOrderId: string): string => till.send('refund/get', { refundOrderId }),

    replies: (id: string): Reply[] =>
      mine('reply').flatMap(({ reply }) => (reply.id === id ? [reply] : [])),
    reply(id: string): Reply {
      const reply = till.replies(id).at(-1);
      if (reply === undefined) throw new Error(`no reply to ${id} yet`);
      return reply;
    },
    /** The reply, waited for as long as the contract allows. */
    async answer(id: string): Promise<Reply> {
      await world.until(() => till.replies(id).length > 0, 9_000);
      return till.reply(id);
    },
    async error(id: string) {
      const reply = await till.answer(id);
      if (reply.ok) throw new Error(`${id} was not refused: ${JSON.stringify(reply.result)}`);
      return reply.error;
    },
    async snapshot(id: string): Promise<PaymentSnapshot> {
      const reply = await till.answer(id);
      if (!reply.ok) throw new Error(`${id} was refused: ${JSON.stringify(reply.error)}`);
      return reply.result as PaymentSnapshot;
    },

    async refundSnapshot(id: string): Promise<RefundSnapshot> {
      const reply = await till.answer(id);
      if (!reply.ok) throw new Error(`${id} was refused: ${JSON.stringify(reply.error)}`);
      return reply.result as RefundSnapshot;
    },

    // ------------------------------------------------------------ what was said

    events: <N extends EventName>(name: N): EventPayload<N>[] =>
      mine('event').flatMap((entry) =>
        entry.name === name ? [entry.payload as EventPayload<N>] : [],
      ),
    /** What the register was told of an order, newest last. */
    told: (orderId: string): PaymentSnapshot[] =>
      till.events('payment').filter((payment) => payment.orderId === orderId),
    last(orderId: string): PaymentSnapshot {
      const payment = till.told(orderId).at(-1);
      if (payment === undefined) throw new Error(`nothing was told of ${orderId}`);
      return payment;
    },
    /** Likewise of a refund. */
    toldRefund: (refundOrderId: string): RefundSnapshot[] =>
      till.events('refund').filter((refund) => refund.refundOrderId === refundOrderId),
    lastRefund(refundOrderId: string): RefundSnapshot {
      const refund = till.toldRefund(refundOrderId).at(-1);
      if (refund === undefined) throw new Error(`nothing was told of ${refundOrderId}`);
      return refund;
    },
    refundOutcomes: (refundOrderId: string): string[] =>
      till
        .toldRefund(refundOrderId)
        .map(({ outcome }) => outcome)
        .filter((outcome, index, all) => outcome !== all[index - 1]),
    outcomes: (orderId: string): string[] =>
      till
        .told(orderId)
        .map(({ outcome }) => outcome)
        .filter((outcome, index, all) => outcome !== all[index - 1]),
    faults: (): FaultCode[] =>
      till.events('fault').flatMap(({ code, cleared }) => (cleared ? [] : [code])),
    state() {
      const state = link.state();
      if (state === undefined) throw new Error('no state yet');
      return state;
    },
    commits: () => mine('commit'),
    requests: (operation?: Operation): Request[] =>
      world.requests(operation).filter((request) => request.bootId === bootId),

    /** What a platform does by itself before its access token ends. */
    renewToken: async (): Promise<void> => {
      const renewed = platform.authorize();
      await world.run(60);
      await renewed;
    },

    // ------------------------------------------------------------ ends

    /** The plug is pulled: nothing more is said, sent or written by this process. */
    crash(): void {
      if (gone) return;
      gone = true;
      endedAtMs = Date.now();
      journal.die();
      link.die();
      platform.die();
      void engine.stop();
      opened.close();
    },
    async stop(): Promise<void> {
      if (gone) return;
      gone = true;
      endedAtMs = Date.now();
      const stopped = engine.stop();
      await world.run(100);
      await stopped;
      opened.close();
    },
    gone: () => gone,
    /** When this process ended; now, while it runs. */
    endedAtMs: () => endedAtMs ?? Date.now(),
  };
  return till;
}
export type Till = ReturnType<typeof createTill>;

/** An `expiresAt` a minute ahead, or as many ms as wanted. */
export function soon(ms = 60_000): string {
  return new Date(Date.now() + ms).toISOString();
}

import { explain } from '../../src/mobilepay/error-table.ts';
import {
  encodePrepare,
  encodeReady,
  encodeRefund,
  encodeStart,
} from '../../src/mobilepay/request-bodies.ts';
import type { Refusal } from '../../src/payment/events.ts';
import type {
  CallOptions,
  CallResult,
  CredentialsNews,
  PaymentPlatform,
  Polled,
} from '../../src/ports.ts';
import type { Deed, FakeMobilePay } from './fake-mobilepay.ts';
import type { Noted } from './trace.ts';

export type Operation =
  | 'authorize'
  | 'create'
  | 'prepare'
  | 'ready'
  | 'get'
  | 'find'
  | 'capture'
  | 'cancel'
  | 'createRefund'
  | 'getRefund'
  | 'findRefunds'
  | 'captureRefund'
  | 'cancelRefund'
  | 'findPos'
  | 'getPos'
  | 'findPosOfBeacon'
  | 'createPos'
  | 'deletePos'
  | 'getStore'
  | 'findStores'
  | 'getCheckin';

/** What happens to one request. Without one it is carried out and answered within 5 ms. */
export type Trouble =
  | 'fine'
  /** Not a byte of it leaves. */
  | 'unsent'
  /** It never arrives; the time limit runs out. */
  | 'lost-request'
  /** It is carried out; the time limit runs out. */
  | 'lost-answer'
  /** Answered with a coded 4xx; not carried out. */
  | { refuse: string }
  /** Answered without a code: a gateway, a captive portal; not carried out. */
  | { status: number; retryAfterMs?: number; credentialsRefused?: boolean }
  /** Carried out at once, answered late, but within the time limit. */
  | { answerAfterMs: number }
  /** The time limit runs out; carried out later all the same. */
  | { arrivesAfterMs: number };

/** One request as it left, and what became of it. */
export interface Request {
  operation: Operation;
  atMs: number;
  bootId: string;
  /** 1 for the first of a burst. */
  attempt: number;
  paymentId?: string;
  posId?: string;
  orderId?: string;
  refundId?: string;
  refundOrderId?: string;
  /** The payment whose refunds are listed. */
  refundsOf?: string;
  idempotencyKey?: string;
  body?: string;
  amount?: number;
  endedAtMs?: number;
}
type Details = Omit<Request, 'operation' | 'atMs' | 'bootId' | 'attempt' | 'endedAtMs'>;

/** The wire between every boot of the terminal and MobilePay. */
export interface Network {
  requests: Request[];
  /** What a well-behaved client does not do. */
  violations: string[];
  pollDelayMs: number;
  /** Whether an old access token still serves when the credentials are refused. */
  tokenServes: boolean;
  /** Added to the `Date` of every answer. */
  serverAheadMs: number;
  /** What the next requests of this kind meet, one each. */
  next(operation: Operation, ...troubles: Trouble[]): void;
  /** What every request meets that has nothing else to meet; `fine` ends it. */
  always(operation: Operation | 'all', trouble: Trouble): void;
  /** What the n-th request from now meets, whatever it is. */
  spoilAt(nth: number, trouble: Trouble): void;
  take(operation: Operation): Trouble;
  /** Pulls the plug at the n-th request from now: before it arrives, or before its answer does. */
  killAt(nth: number, when: 'before' | 'after', kill: () => void): void;
  count(): 'before' | 'after' | undefined;
}

export function createNetwork(): Network {
  const planned = new Map<Operation, Trouble[]>();
  const standing = new Map<Operation | 'all', Trouble>();
  let untilSpoilt = Number.POSITIVE_INFINITY;
  let spoilt: Trouble = 'fine';
  let left = Number.POSITIVE_INFINITY;
  let killing: { when: 'before' | 'after'; kill: () => void } | undefined;
  return {
    requests: [],
    violations: [],
    pollDelayMs: 1_000,
    tokenServes: false,
    serverAheadMs: 0,
    next(operation, ...troubles) {
      planned.set(operation, [...(planned.get(operation) ?? []), ...troubles]);
    },
    always: (operation, trouble) => void standing.set(operation, trouble),
    spoilAt(nth, trouble) {
      untilSpoilt = nth;
      spoilt = trouble;
    },
    take(operation) {
      untilSpoilt -= 1;
      if (untilSpoilt === 0) return spoilt;
      return (
        planned.get(operation)?.shift() ?? standing.get(operation) ?? standing.get('all') ?? 'fine'
      );
    },
    killAt(nth, when, kill) {
      left = nth;
      killing = { when, kill };
    },
    count() {
      left -= 1;
      if (left !== 0 || killing === undefined) return undefined;
      killing.kill();
      return killing.when;
    },
  };
}

type Attempt<T> =
  | { kind: 'ok'; value: T }
  | { kind: 'refused'; refusal: Refusal; message: string }
  | { kind: 'unsent'; detail: string; final: boolean }
  | { kind: 'doubtful'; doubt: Doubt; final: boolean };
type Doubt = Omit<Extract<CallResult<never>, { kind: 'unanswered' }>, 'kind'>;

const ANSWER_MS = 5;
const GET_LIMIT_MS = 500;
const POST_LIMIT_MS = 2_000;
const BURST_PAUSE_MS = 100;
const POLL_TOLERANCE_MS = 2;
const posts: ReadonlySet<Operation> = new Set([
  'authorize',
  'create',
  'prepare',
  'ready',
  'capture',
  'cancel',
  'createRefund',
  'captureRefund',
  'cancelRefund',
  'createPos',
  'deletePos',
]);
const polls: ReadonlySet<Operation> = new Set(['get', 'getRefund', 'getCheckin']);

function doubt(more: Partial<Doubt>): Doubt {
  return {
    detail: 'time limit',
    status: null,
    correlationId: null,
    retryAfterMs: null,
    credentialsRefused: false,
    ...more,
  };
}

/** The payment or the refund a request is about. */
function resourceOf({ paymentId, refundId }: Request): string | undefined {
  return paymentId ?? refundId;
}

function statusOf(code: string): number {
  if (code.startsWith('14')) return 403;
  return code.startsWith('11') ? 400 : 409;
}

/** How one request goes: when it takes effect, what comes back, and after how long. */
interface Course {
  carriedOut: 'at-once' | 'never' | number;
  answer: 'deed' | 'unsent' | 'silence' | Extract<Trouble, { refuse: string } | { status: number }>;
  takesMs: number;
}

function courseOf(trouble: Trouble, limitMs: number): Course {
  switch (trouble) {
    case 'fine':
      return { carriedOut: 'at-once', answer: 'deed', takesMs: ANSWER_MS };
    case 'unsent':
      return { carriedOut: 'never', answer: 'unsent', takesMs: 1 };
    case 'lost-request':
      return { carriedOut: 'never', answer: 'silence', takesMs: limitMs };
    case 'lost-answer':
      return { carriedOut: 'at-once', answer: 'silence', takesMs: limitMs };
  }
  if ('answerAfterMs' in trouble) {
    return { carriedOut: 'at-once', answer: 'deed', takesMs: trouble.answerAfterMs };
  }
  if ('arrivesAfterMs' in trouble) {
    return { carriedOut: trouble.arrivesAfterMs, answer: 'silence', takesMs: limitMs };
  }
  return { carriedOut: 'never', answer: trouble, takesMs: ANSWER_MS };
}

function refused(code: string): Attempt<never> {
  const refusal = { status: statusOf(code), code, correlationId: `correlation-${code}` };
  return { kind: 'refused', refusal, message: `MobilePay said ${code}` };
}

function verdictOn<T>(answer: Course['answer'], deed: Deed<T> | undefined): Attempt<T> {
  if (answer === 'deed' && deed !== undefined) {
    return 'done' in deed ? { kind: 'ok', value: deed.done } : refused(deed.refused);
  }
  if (typeof answer === 'string') return { kind: 'doubtful', doubt: doubt({}), final: false };
  if ('refuse' in answer) return refused(answer.refuse);
  const { status, retryAfterMs = null, credentialsRefused = false } = answer;
  return {
    kind: 'doubtful',
    final: status < 500 || retryAfterMs !== null,
    doubt: doubt({ detail: `HTTP ${status}`, status, retryAfterMs, credentialsRefused }),
  };
}

export type FakePlatform = PaymentPlatform & {
  /** The process is gone: nothing is heard or sent any more. */
  die(): void;
};

/** The client of one boot: bursts, time limits and verdicts as the port promises them. */
export function createFakePlatform(options: {
  mobilePay: FakeMobilePay;
  network: Network;
  bootId: string;
  note: Noted;
}): FakePlatform {
  const { mobilePay, network, bootId, note } = options;
  const dateListeners: ((epochMs: number) => void)[] = [];
  const credentialsListeners: ((news: CredentialsNews) => void)[] = [];
  const reachabilityListeners: ((reachable: boolean) => void)[] = [];
  const underWay = new Map<string, Operation>();
  const polledAt = new Map<string, number>();
  let dead = false;
  const forever = new Promise<never>(() => {});

  /** True when the time is over; false when it was cut short. */
  async function pause(ms: number, signal: AbortSignal | undefined): Promise<boolean> {
    if (signal?.aborted === true) return false;
    const whole = await new Promise<boolean>((resolve) => {
      const end = (over: boolean) => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', onAbort);
        resolve(over);
      };
      const onAbort = () => end(false);
      const timer = setTimeout(() => end(true), ms);
      signal?.addEventListener('abort', onAbort);
    });
    return dead ? await forever : whole;
  }

  function watch(request: Request): void {
    const { posId } = request;
    if (request.operation === 'deletePos' && mobilePay.holdsMoneyOn(posId ?? '')) {
      network.violations.push(`${posId} deleted with money on it`);
    }
    if (request.operation === 'getCheckin' && posId !== undefined) notePoll(posId, request.atMs);
    const id = resourceOf(request);
    if (id === undefined) return;
    const other = underWay.get(id);
    const foreign = mobilePay.payments.some((held) => held.paymentId === id && held.foreign);
    if (other !== undefined && !foreign) {
      network.violations.push(`${request.operation} of ${id} during a ${other}`);
    }
    underWay.set(id, request.operation);
    if (!polls.has(request.operation)) return void polledAt.delete(id);
    notePoll(id, request.atMs);
  }

  function notePoll(id: string, atMs: number): void {
    const last = polledAt.get(id);
    polledAt.set(id, atMs);
    if (last === undefined) return;
    const earlyMs = network.pollDelayMs - (atMs - last);
    if (earlyMs > POLL_TOLERANCE_MS) {
      network.violations.push(`${id} polled ${earlyMs} ms early at ${atMs}`);
    }
  }

  async function send<T>(
    request: Request,
    carryOut: () => Deed<T>,
    signal: AbortSignal | undefined,
  ): Promise<Attempt<T>> {
    const limitMs = posts.has(request.operation) ? POST_LIMIT_MS : GET_LIMIT_MS;
    const course = courseOf(network.take(request.operation), limitMs);
    if (course.answer === 'unsent') {
      await pause(1, signal);
      return { kind: 'unsent', detail: 'connection refused', final: false };
    }
    network.requests.push(request);
    note({ kind: 'request', request });
    watch(request);
    const killed = network.count();
    if (killed === 'after') carryOut();
    if (killed !== undefined) return await forever;
    const deed = course.carriedOut === 'at-once' ? carryOut() : undefined;
    if (typeof course.carriedOut === 'number') setTimeout(carryOut, course.carriedOut);
    const whole = await pause(course.takesMs, signal);
    if (!whole) return { kind: 'doubtful', doubt: doubt({ detail: 'given up' }), final: true };
    return verdictOn(course.answer, deed);
  }

  async function attempt<T>(
    request: Request,
    carryOut: () => Deed<T>,
    signal: AbortSignal | undefined,
  ): Promise<Attempt<T>> {
    const result = await send(request, carryOut, signal);
    const id = resourceOf(request);
    if (id !== undefined) underWay.delete(id);
    request.endedAtMs = Date.now();
    note({ kind: 'answer', request });
    if (result.kind === 'ok') {
      const date = Math.floor((Date.now() + network.serverAheadMs) / 1000) * 1000;
      for (const listener of dateListeners) listener(date);
    }
    return result;
  }

  /** Attempts until one is answered, or there is nothing more to try. */
  async function burst<T>(
    attempts: number,
    { signal, mayStillSend }: CallOptions,
    next: (number: number) => Promise<Attempt<T>>,
  ): Promise<Attempt<T>[]> {
    const made: Attempt<T>[] = [];
    for (let number = 1; number <= attempts; number += 1) {
      if (number > 1) await pause(BURST_PAUSE_MS, signal);
      if (signal?.aborted === true || mayStillSend?.() === false) break;
      const result = await next(number);
      made.push(result);
      if (result.kind === 'ok' || result.kind === 'refused' || result.final) break;
    }
    return made;
  }

  async function call<T>(
    operation: Operation,
    details: Details,
    callOptions: CallOptions | undefined,
    carryOut: () => Deed<T>,
  ): Promise<CallResult<T>> {
    if (dead) return await forever;
    const { signal } = callOptions ?? {};
    const made = await burst(polls.has(operation) ? 1 : 3, callOptions ?? {}, (number) =>
      attempt(
        { operation, atMs: Date.now(), bootId, attempt: number, ...details },
        carryOut,
        signal,
      ),
    );
    const last = made.at(-1);
    if (last !== undefined && signal?.aborted !== true) tell(operation, last);
    const doubtful = made.findLast((result) => result.kind === 'doubtful');
    if (last?.kind === 'ok' || last?.kind === 'refused') {
      return { ...last, priorAttemptAmbiguous: doubtful !== undefined };
    }
    if (doubtful !== undefined) return { kind: 'unanswered', ...doubtful.doubt };
    return { kind: 'unsent', detail: last?.kind === 'unsent' ? last.detail : 'given up' };
  }

  function tell(operation: Operation, last: Attempt<unknown>): void {
    const answered = last.kind === 'ok' || last.kind === 'refused';
    const refused = last.kind === 'doubtful' && last.doubt.credentialsRefused;
    if (!refused) for (const listener of reachabilityListeners) listener(answered);
    const stillServes = operation === 'authorize' && network.tokenServes;
    if (refused) tellOfCredentials({ accepted: false, stillServes });
    else if (operation === 'authorize' && last.kind === 'ok') tellOfCredentials({ accepted: true });
  }

  function tellOfCredentials(news: CredentialsNews): void {
    for (const listener of credentialsListeners) listener(news);
  }

  const polled = <T>(deed: Deed<T>): Deed<Polled<T>> =>
    'done' in deed ? { done: { value: deed.done, pollDelayMs: network.pollDelayMs } } : deed;
  const found = <T>(value: T | undefined): Deed<T> =>
    value === undefined ? { refused: '1000' } : { done: value };

  return {
    explain,
    encodePrepare,
    encodeReady,
    encodeRefund,
    createRefund: ({ idempotencyKey, body }, o) => {
      const { refundOrderId } = JSON.parse(body);
      return call('createRefund', { idempotencyKey, body, refundOrderId }, o, () =>
        mobilePay.refunds.create(idempotencyKey, body),
      );
    },
    getRefund: (refundId, o) =>
      call('getRefund', { refundId }, o, () => polled(mobilePay.refunds.get(refundId))),
    findRefunds: (refundsOf, o) =>
      call('findRefunds', { refundsOf }, o, () => mobilePay.refunds.find(refundsOf)),
    captureRefund: (refundId, o) =>
      call('captureRefund', { refundId }, o, () => mobilePay.refunds.capture(refundId)),
    cancelRefund: (refundId, o) =>
      call('cancelRefund', { refundId }, o, () => mobilePay.refunds.cancel(refundId)),
    authorize: (o) => call('authorize', {}, o, () => ({ done: undefined })),
    encodeCreate: encodeStart,
    createPayment: ({ idempotencyKey, body }, o) =>
      call('create', { idempotencyKey, body, orderId: JSON.parse(body).orderId }, o, () =>
        mobilePay.create(idempotencyKey, body),
      ),
    preparePayment: ({ idempotencyKey, body }, o) =>
      call('prepare', { idempotencyKey, body, orderId: JSON.parse(body).orderId }, o, () =>
        mobilePay.prepare(idempotencyKey, body),
      ),
    readyPayment: (paymentId, body, o) =>
      call('ready', { paymentId, body }, o, () => mobilePay.ready(paymentId, body)),
    getPayment: (paymentId, o) =>
      call('get', { paymentId }, o, () => polled(mobilePay.get(paymentId))),
    findPayments: (filter, o) =>
      call('find', filter.orderId === undefined ? {} : { orderId: filter.orderId }, o, () =>
        mobilePay.find(filter),
      ),
    capturePayment: (paymentId, amount, o) =>
      call('capture', { paymentId, amount: amount.value }, o, () =>
        mobilePay.capture(paymentId, amount),
      ),
    cancelPayment: (paymentId, o) =>
      call('cancel', { paymentId }, o, () => mobilePay.cancel(paymentId)),
    findPos: (merchantPosId, o) =>
      call('findPos', {}, o, () => ({
        done: mobilePay.poses
          .filter((pos) => pos.merchantPosId === merchantPosId)
          .map(({ posId }) => posId),
      })),
    findPosOfBeacon: (beaconId, o) =>
      call('findPosOfBeacon', {}, o, () => ({
        done: mobilePay.poses
          .filter((pos) => pos.beaconId.toLowerCase() === beaconId.toLowerCase())
          .map(({ posId }) => posId),
      })),
    getPos: (posId, o) =>
      call('getPos', {}, o, () => found(mobilePay.poses.find((pos) => pos.posId === posId))),
    createPos: (pos, idempotencyKey, o) =>
      call('createPos', { idempotencyKey }, o, () => mobilePay.createPos(pos, idempotencyKey)),
    deletePos: (posId, o) => call('deletePos', { posId }, o, () => mobilePay.deletePos(posId)),
    getStore: (storeId, o) =>
      call('getStore', {}, o, () => {
        const store = mobilePay.stores.find((one) => one.storeId === storeId);
        return store === undefined ? { refused: '1002' } : { done: store };
      }),
    findStores: (filter, o) =>
      call('findStores', {}, o, () => ({
        done: mobilePay.stores.filter(
          ({ brandId, locationId }) =>
            filter === undefined ||
            (filter.brandId === brandId && filter.locationId === locationId),
        ),
      })),
    getCheckin: (posId, o) =>
      call('getCheckin', { posId }, o, () => polled(mobilePay.checkin(posId))),
    onCredentials: (listener) => void credentialsListeners.push(listener),
    onServerDate: (listener) => void dateListeners.push(listener),
    onReachability: (listener) => void reachabilityListeners.push(listener),
    close: async () => {},
    die() {
      dead = true;
      dateListeners.length = 0;
      credentialsListeners.length = 0;
      reachabilityListeners.length = 0;
    },
  };
}

import type { ButtonAction, ButtonName, DisplayContent, LightPattern } from './contract/device.ts';
import type { ErrorCode, Reply } from './contract/errors.ts';
import type { FaultCode } from './contract/faults.ts';
import type { Locale } from './contract/locale.ts';
import type {
  EventName,
  EventPayload,
  Info,
  OfflineState,
  OnlineState,
  Phase,
  Telemetry,
} from './contract/messages.ts';
import type { Amount } from './contract/money.ts';
import type { DeclineReason, Outcome } from './contract/payment-snapshot.ts';
import type { DatedEvent, EpochMs, Refusal, SeenPayment } from './payment/events.ts';
import type { DatedRefundEvent, SeenRefund } from './refund/events.ts';

// ---------------------------------------------------------------- the payment platform

/**
 * How a call to MobilePay ended.
 * `refused`: a 4xx with a MobilePay JSON `code`, the only answer that proves a "no".
 * `unsent`: every attempt died before a byte of the request was sent.
 * `unanswered`: anything else (time-out, reset, 5xx, a 4xx without a code, HTML, half a JSON, a
 * shape we do not know): the request may or may not have been carried out.
 */
export type CallResult<T> =
  | {
      kind: 'ok';
      value: T;
      priorAttemptAmbiguous: boolean;
      /** MobilePay's name for the call, for its support desk. */
      correlationId?: string | null;
    }
  | { kind: 'refused'; refusal: Refusal; message: string; priorAttemptAmbiguous: boolean }
  | { kind: 'unsent'; detail: string }
  | {
      kind: 'unanswered';
      detail: string;
      status: number | null;
      correlationId: string | null;
      /** From Retry-After, on 429 and 503. */
      retryAfterMs: number | null;
      credentialsRefused: boolean;
    };

/** What of the configuration the platform refuses, named by a code of its own. */
export type RefusedSetup =
  | 'pos-id-taken'
  | 'beacon-id-taken'
  | 'store-not-activated'
  | 'store-not-found'
  | 'store-of-another-merchant'
  | 'pos-of-another-integrator'
  | 'pos-of-another-merchant';

/** What keeps the terminal from having its point of sale as configured. */
export type SetupProblemKind = RefusedSetup | 'store-not-chosen' | 'refused';

/** What a code of the platform's means to the engine and to people. */
export interface Explanation {
  /** In plain English, for messages and the support desk; no capital, no full stop. */
  meaning: string;
  /**
   * What is to be done about it.
   * `ask-first`: it says how things stand at the platform. Ask before anything is concluded: it
   *   does not prove that a create has made nothing.
   * `clear-pos`: another payment blocks the point of sale; look at that one (rule 5).
   * `renew-pos`: the point of sale is gone. A create is over; find the PoS, or make a new one.
   * `give-up`: the wish itself is at fault. An intent falls, the register must want another thing.
   * `retry-later`: the fault is not the wish's. A create is over; an intent stays.
   */
  next: 'ask-first' | 'clear-pos' | 'renew-pos' | 'give-up' | 'retry-later';
  /** What the register is told. */
  error: Extract<
    ErrorCode,
    'busy' | 'wrong-state' | 'amount-not-allowed' | 'partial-capture-impossible' | 'rejected'
  >;
  /** The member of the register's command that is at fault, as a path, where it is one. */
  field: string | null;
  /** What the cashier is told: at most 20 characters. */
  cashier: Record<Locale, string>;
  /** What of the terminal's set-up a person has to change, where it is that. */
  setup: RefusedSetup | null;
}

export interface CallOptions {
  /** Ends the call early; it then counts as `unsent` or `unanswered`. */
  signal?: AbortSignal;
  /** Asked before each attempt of a burst; `false` ends the burst with what is known so far. */
  mayStillSend?: () => boolean;
}

/** Of a payment or of a refund. */
export interface CreateRequest {
  idempotencyKey: string;
  /** Exactly these bytes are sent, at every attempt. */
  body: string;
}

/** What a payment is about; a prepared one gets it later than its place and its order. */
export interface PaymentTerms {
  amount: Amount;
  plannedCaptureDelay: 'None' | 'LessThan24Hours' | 'LessThan14Days';
  restrictions?:
    | { debitCardDisallowed?: boolean | undefined; creditCardDisallowed?: boolean | undefined }
    | undefined;
  label?: string | undefined;
}
export interface PreparedOrder {
  posId: string;
  orderId: string;
}
export type StartOrder = PreparedOrder & PaymentTerms;
export interface RefundOrder {
  paymentId: string;
  refundOrderId: string;
  amount: Amount;
}

/** An answer that says when it may be asked for again. */
export interface Polled<T> {
  value: T;
  /** The least wait before the same resource is asked for again, in ms. */
  pollDelayMs: number;
}

export interface Pos {
  posId: string;
  merchantPosId: string;
  storeId: string;
  name: string;
  beaconId: string;
  callbackAlias: string | null;
  supportedBeaconTypes: string[];
  requirePaymentBeforeCheckin: boolean;
}
export interface NewPos {
  merchantPosId: string;
  storeId: string;
  name: string;
  beaconId?: string;
  callbackAlias?: string;
  supportedBeaconTypes: string[];
  requirePaymentBeforeCheckin?: boolean;
}
export interface Store {
  storeId: string;
  name: string;
  brandId: string;
  locationId: string;
}
export interface Checkin {
  checkedIn: boolean;
  loyaltyIds: string[] | null;
  customerToken: string | null;
  customerReceiptToken: string | null;
}

export type CredentialsNews = { accepted: true } | { accepted: false; stillServes: boolean };

/** Where payments are made. PoS V10 is one; its bursts, time-outs and headers are its own affair. */
export interface PaymentPlatform {
  /** Asks for a new token, whatever is cached. The boot's first call. */
  authorize(options?: CallOptions): Promise<CallResult<void>>;
  /** The exact bytes a create will carry: journalled before the first of them leaves. */
  encodeCreate(order: StartOrder): string;
  encodePrepare(order: PreparedOrder): string;
  encodeReady(terms: PaymentTerms): string;
  encodeRefund(order: RefundOrder): string;
  createPayment(
    request: CreateRequest,
    options?: CallOptions,
  ): Promise<CallResult<{ paymentId: string }>>;
  preparePayment(
    request: CreateRequest,
    options?: CallOptions,
  ): Promise<CallResult<{ paymentId: string }>>;
  /** `body`: the exact bytes that `encodeReady` gave. A repeat may be refused: look at the state. */
  readyPayment(paymentId: string, body: string, options?: CallOptions): Promise<CallResult<void>>;
  /** One attempt, 0.5 s: a failed poll is not retried. */
  getPayment(paymentId: string, options?: CallOptions): Promise<CallResult<Polled<SeenPayment>>>;
  /** Ids of active and reserved payments, or of captured ones with `state`. */
  findPayments(
    filter: { posId?: string; orderId?: string; state?: 'Captured' },
    options?: CallOptions,
  ): Promise<CallResult<string[]>>;
  capturePayment(
    paymentId: string,
    amount: Amount,
    options?: CallOptions,
  ): Promise<CallResult<void>>;
  cancelPayment(paymentId: string, options?: CallOptions): Promise<CallResult<void>>;
  createRefund(
    request: CreateRequest,
    options?: CallOptions,
  ): Promise<CallResult<{ refundId: string }>>;
  /** One attempt, 0.5 s: a failed poll is not retried. */
  getRefund(refundId: string, options?: CallOptions): Promise<CallResult<Polled<SeenRefund>>>;
  /** Ids of every refund of the payment, whatever became of it. */
  findRefunds(paymentId: string, options?: CallOptions): Promise<CallResult<string[]>>;
  /** Pays out all of a reserved refund. */
  captureRefund(refundId: string, options?: CallOptions): Promise<CallResult<void>>;
  cancelRefund(refundId: string, options?: CallOptions): Promise<CallResult<void>>;
  findPos(merchantPosId: string, options?: CallOptions): Promise<CallResult<string[]>>;
  /** Whatever its merchantPosId: at most one has this beacon id, and only ours is shown. */
  findPosOfBeacon(beaconId: string, options?: CallOptions): Promise<CallResult<string[]>>;
  getPos(posId: string, options?: CallOptions): Promise<CallResult<Pos>>;
  createPos(
    pos: NewPos,
    idempotencyKey: string,
    options?: CallOptions,
  ): Promise<CallResult<{ posId: string }>>;
  /** A PoS that is gone already counts as deleted. */
  deletePos(posId: string, options?: CallOptions): Promise<CallResult<void>>;
  getStore(storeId: string, options?: CallOptions): Promise<CallResult<Store>>;
  /** The stores of the VAT number, or those of a brand and location. */
  findStores(
    filter: { brandId: string; locationId: string } | undefined,
    options?: CallOptions,
  ): Promise<CallResult<Store[]>>;
  getCheckin(posId: string, options?: CallOptions): Promise<CallResult<Polled<Checkin>>>;
  /** What a refusal's code means; there is an answer to any code. */
  explain(code: string): Explanation;
  /** Told of the `Date` of every validated answer, for the trusted clock. */
  onServerDate(listener: (serverEpochMs: EpochMs) => void): void;
  /**
   * Told whenever MobilePay accepts or refuses the credentials. `stillServes`: an older access token
   * is good for some time yet.
   */
  onCredentials(listener: (news: CredentialsNews) => void): void;
  /** Told after every call whether MobilePay answered it at all, unless it refused the credentials. */
  onReachability(listener: (reachable: boolean) => void): void;
  close(): Promise<void>;
}

/** One try of a call to the platform that was not given up by ourselves, for those who count. */
export interface ApiTry {
  /** Method and path without ids: `GET /payments/{id}`. */
  operation: string;
  seconds: number;
  /** MobilePay's code, `http-STATUS`, `no-answer` or `not-sent`; null: it went well. */
  error: string | null;
}

// ---------------------------------------------------------------- the journal

export interface ReplyAddress {
  /** MQTT 5 response topic, or null for `R/reply`. */
  topic: string | null;
  /** MQTT 5 correlation data, base64, or null. */
  correlationData: string | null;
}

export interface JournalledCommand {
  id: string;
  name: string;
  /** Canonical JSON of name and payload, to recognise a true repeat. */
  fingerprint: string;
  /** The payment it is about; null where it is about none, or about a refund. */
  orderId: string | null;
  /** The refund it is about. */
  refundOrderId: string | null;
  replyTo: ReplyAddress;
  arrivedAt: EpochMs;
  answer: Reply | null;
}

export interface JournalledOrder {
  orderId: string;
  events: DatedEvent[];
  settled: boolean;
}

export interface JournalledRefund {
  refundOrderId: string;
  events: DatedRefundEvent[];
  settled: boolean;
}

/** A register event on its way out, first in, first out, until the broker has acknowledged it. */
export interface OutboxEntry {
  /** Rises with every entry, over all boots. */
  position: number;
  name: EventName;
  payload: EventPayload<EventName>;
}

/**
 * What the terminal remembers of itself. `pos`: the beacon id its point of sale has at MobilePay.
 * `setup-problem`: why it has no point of sale as configured.
 */
export type NoteName = 'pos' | 'setup-problem';

/** What becomes durable together, in one commit, or not at all. */
export interface JournalBatch {
  events?: { orderId: string; event: DatedEvent; settled: boolean }[];
  refundEvents?: { refundOrderId: string; event: DatedRefundEvent; settled: boolean }[];
  outbox?: { name: EventName; payload: EventPayload<EventName> }[];
  commands?: JournalledCommand[];
  answers?: { id: string; answer: Reply }[];
  /** A text under each name, in place of the one before; null removes it. */
  notes?: { name: NoteName; text: string | null }[];
  /** Whether the clock of this batch was trusted; untrusted times never move the newest entry. */
  clockTrusted: boolean;
  at: EpochMs;
}

/**
 * The durable memory. Every method is synchronous: when `commit` returns, the batch is on the disk.
 * @throws TerminalError `disk-full` or `journal-damaged`; nothing of the batch is kept then.
 */
export interface Journal {
  newestTrustedAt(): EpochMs | null;
  commit(batch: JournalBatch): void;
  openOrders(): JournalledOrder[];
  order(orderId: string): JournalledOrder | undefined;
  /** Orders with any entry at or after `since`, oldest first, at most `limit`. */
  ordersSince(since: EpochMs, limit: number): JournalledOrder[];
  openRefunds(): JournalledRefund[];
  refund(refundOrderId: string): JournalledRefund | undefined;
  /** How many refunds of a payment are known to be paid out, and their sum in minor units. */
  paidOut(paymentId: string): { count: number; value: number };
  command(id: string): JournalledCommand | undefined;
  /** Commands that were journalled and have no answer yet. */
  unansweredCommands(): JournalledCommand[];
  note(name: NoteName): string | null;
  /** When a `foreignCancelIntended` was last journalled, over all orders. */
  lastForeignCancelAt(): EpochMs | null;
  /** Unacknowledged outbox entries after `position`, in order. */
  outboxAfter(position: number, limit: number): OutboxEntry[];
  outboxLength(): number;
  /** Everything up to `position` has reached the broker. Need not be durable at once. */
  outboxAcknowledged(position: number): void;
  /** Archives, erases personal data, forgets old command answers. Cheap when nothing is due. */
  housekeep(now: EpochMs): void;
  close(): void;
}

// ---------------------------------------------------------------- the register's link

export interface InboundCommand {
  /** The text after `command/`; not necessarily a known name. */
  name: string;
  payload: Uint8Array;
  retained: boolean;
  replyTo: ReplyAddress;
}

export interface MerchantLinkHandlers {
  /** Must have journalled the command when it returns: the PUBACK follows. A throw withholds it. */
  onCommand(command: InboundCommand): void;
  onConnected(): void;
  onDisconnected(): void;
  /** A live `R/state` that says online under another boot's id. */
  onForeignState(bootId: string): void;
}

/** Towards the cash register. Order per change: outbox, then state, then replies. */
export interface MerchantLink {
  start(handlers: MerchantLinkHandlers): void;
  /** The newest state and info win; both are sent again after every connect. */
  setState(state: OnlineState): void;
  setInfo(info: Info): void;
  /** New outbox entries stand in the journal: send them now. */
  outboxGrew(): void;
  /** Sent after everything handed over before it; dropped when there is no connection. */
  reply(address: ReplyAddress, reply: Reply): void;
  sendTelemetry(telemetry: Telemetry): void;
  /** Says offline, waits (at most `timeoutMs`) for what is under way, disconnects. */
  stop(last: OfflineState, timeoutMs: number): Promise<void>;
}

// ---------------------------------------------------------------- the device

/** What the panel needs to know to show the right thing: everything, as one value. */
export interface TerminalView {
  phase: Phase;
  /** The payment in hand or the one whose result still lingers. */
  payment: {
    orderId: string;
    amount: Amount | null;
    outcome: Outcome;
    reason: DeclineReason | null;
    /** The customer has the payment in the app (IssuedToUser). */
    atCustomer: boolean;
    /** A customer has checked in and waits for the amount (Paired). */
    awaitsAmount: boolean;
    /** What the cashier is told when the platform refused to create it. */
    refusal: Record<Locale, string> | null;
  } | null;
  checkedIn: boolean;
  /** A code is worth scanning before there is a payment. */
  takesCheckIns: boolean;
  /** A customer is expected: the terminal looks who checks in. */
  invited: boolean;
  /** What the register wants shown while the terminal is idle. */
  message: { lines: readonly string[] } | { qr: string } | null;
  beaconId: string | null;
  /** The beacon calls: a phone may be held to it. */
  advertising: boolean;
  posName: string;
  faults: FaultCode[];
  /** Why there is no point of sale as configured, or null. */
  setupProblem: SetupProblemKind | null;
  identifying: boolean;
  mqttConnected: boolean;
  apiReachable: boolean;
  terminalId: string;
  version: string;
}

/** What a driver may find wrong with its device. */
export type DeviceFault = Extract<
  FaultCode,
  | 'adapter-missing'
  | 'adapter-blocked'
  | 'adapter-busy'
  | 'radio-down'
  | 'no-permission'
  | 'gpio-missing'
  | 'display-unreachable'
>;
/** Handed to drivers: whether the fault is there now. Saying the same again changes nothing. */
export type ReportFault = (code: DeviceFault, present: boolean) => void;

/** A display that is away shows, when it is back, what was shown last. */
export interface Display {
  show(content: DisplayContent): Promise<void>;
  close(): Promise<void>;
}

export interface Lights {
  set(pattern: LightPattern): Promise<void>;
  close(): Promise<void>;
}

export interface Buttons {
  onPress(listener: (button: ButtonName, action: ButtonAction) => void): void;
  close(): Promise<void>;
}

/** What a phone wrote to the two-way beacon, in base64. Nothing of it is verified. */
export interface BeaconCheckIn {
  token: string;
  authenticator: string;
}

export interface Beacon {
  /** Advertises this id until told otherwise; null stops. */
  advertise(beaconId: string | null): Promise<void>;
  /** What connected phones are told. */
  setPhase(phase: Phase): void;
  onAdvertising(listener: (advertising: boolean) => void): void;
  onCheckIn(listener: (checkIn: BeaconCheckIn) => void): void;
  close(): Promise<void>;
}

// ---------------------------------------------------------------- time

export interface Clock {
  /** For time limits and waits: never steps. */
  monotonicMs(): number;
  /** Trusted time (see engine/trusted-clock.ts). */
  now(): EpochMs;
  /** Whether a validated answer of this boot has confirmed the time. */
  trusted(): boolean;
  observeServerDate(serverEpochMs: EpochMs): void;
}

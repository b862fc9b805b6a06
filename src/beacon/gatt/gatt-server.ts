import type { Phase } from '../../contract/messages.ts';
import { createAllowance } from './allowance.ts';
import type { AttError } from './att-error.ts';
import { attError } from './att-error.ts';
import { readCheckIn } from './check-in-write.ts';
import type { ReadableName } from './service.ts';
import { NONCE_BYTES, PROTOCOL_VERSION } from './service.ts';
import { stateMessage } from './state-message.ts';

/** Whoever connects and says nothing, or stays too long, keeps others out: one phone at a time. */
export const IDLE_LIMIT_MS = 10_000;
export const TOTAL_LIMIT_MS = 60_000;
/** ATT requests of one connection: discovery, every read, and 512 bytes in pieces of 18 fit well. */
const REQUESTS_AT_ONCE = 100;
const REQUESTS_PER_SECOND = 10;
const CONNECTIONS_AT_ONCE = 10;
const CONNECTIONS_PER_SECOND = 1;
/** Each is journalled and makes the terminal ask MobilePay. */
const CHECK_INS_AT_ONCE = 5;
const CHECK_INS_PER_SECOND = 0.5;

/** As the phone wrote them. Nothing of it is verified but that the nonce was ours and fresh. */
export interface PhoneCheckIn {
  token: Uint8Array;
  authenticator: Uint8Array;
}

export interface GattOptions {
  posName: string;
  random: (bytes: number) => Uint8Array;
  monotonicMs: () => number;
  onCheckIn: (checkIn: PhoneCheckIn) => void;
}

export type ReadResult = { value: Buffer } | { error: AttError };

/** One phone, from connect to disconnect. */
export interface PhoneConnection {
  /** To be called for each ATT request, before it is served. False: too many, cut it off. */
  request(): boolean;
  /** The value from `offset` on. */
  read(name: ReadableName, offset: number): ReadResult;
  /** A whole value for check-in. Null: accepted. */
  checkIn(value: Uint8Array, offset: number): AttError | null;
  /** Sends the state now and at each change. */
  subscribe(notify: (message: Uint8Array) => void): void;
  unsubscribe(): void;
  /** Has been idle or there for too long: cut it off. */
  isOverdue(): boolean;
  end(): void;
}

/**
 * The two-way beacon behind the radio: what a phone reads, what it may write, and what it is told.
 * Knows neither a radio nor a clock; nothing that a phone does makes it throw.
 */
export function createGattServer(options: GattOptions) {
  const { monotonicMs } = options;
  const connections = createAllowance(CONNECTIONS_AT_ONCE, CONNECTIONS_PER_SECOND, monotonicMs);
  const checkIns = createAllowance(CHECK_INS_AT_ONCE, CHECK_INS_PER_SECOND, monotonicMs);
  const place = Buffer.concat([Buffer.of(PROTOCOL_VERSION), Buffer.from(options.posName)]);
  const tellings = new Set<() => void>();
  let beaconId: Buffer = Buffer.alloc(0);
  let phase: Phase = 'starting';

  function connect(): PhoneConnection | null {
    if (!connections.take()) return null;
    const nonce = Buffer.from(options.random(NONCE_BYTES));
    const requests = createAllowance(REQUESTS_AT_ONCE, REQUESTS_PER_SECOND, monotonicMs);
    const connectedAt = monotonicMs();
    let heardAt = connectedAt;
    let checkedIn = false;
    let notify: ((message: Uint8Array) => void) | null = null;
    const tell = () => notify?.(stateMessage(phase, checkedIn));
    tellings.add(tell);

    const values: Record<ReadableName, () => Buffer> = {
      beaconId: () => beaconId,
      place: () => place,
      challenge: () => nonce,
    };

    return {
      request() {
        heardAt = monotonicMs();
        return requests.take(heardAt);
      },
      read(name, offset) {
        const value = values[name]();
        return offset > value.length
          ? { error: attError.invalidOffset }
          : { value: value.subarray(offset) };
      },
      checkIn(value, offset) {
        if (offset !== 0) return attError.invalidOffset;
        const read = readCheckIn(value);
        if (typeof read === 'number') return read;
        if (checkedIn) return attError.alreadyCheckedIn;
        if (!read.nonce.equals(nonce)) return attError.wrongNonce;
        if (!checkIns.take()) return attError.tooManyCheckIns;
        checkedIn = true;
        options.onCheckIn({ token: read.token, authenticator: read.authenticator });
        tell();
        return null;
      },
      subscribe(listener) {
        notify = listener;
        tell();
      },
      unsubscribe() {
        notify = null;
      },
      isOverdue() {
        const now = monotonicMs();
        if (now - connectedAt > TOTAL_LIMIT_MS) return true;
        // Whoever has checked in and listens has nothing more to ask.
        const mayBeSilent = checkedIn && notify !== null;
        return !mayBeSilent && now - heardAt > IDLE_LIMIT_MS;
      },
      end() {
        notify = null;
        tellings.delete(tell);
      },
    };
  }

  return {
    /** Null: there have been too many; cut it off. */
    connect,
    setBeaconId(id: string): void {
      beaconId = Buffer.from(id);
    },
    setPhase(now: Phase): void {
      if (now === phase) return;
      phase = now;
      for (const tell of tellings) tell();
    },
  };
}
export type GattServer = ReturnType<typeof createGattServer>;

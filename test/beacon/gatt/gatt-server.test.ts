import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { attError } from '../../../src/beacon/gatt/att-error.ts';
import { writeCheckIn } from '../../../src/beacon/gatt/check-in-write.ts';
import type {
  GattServer,
  PhoneCheckIn,
  PhoneConnection,
} from '../../../src/beacon/gatt/gatt-server.ts';
import {
  createGattServer,
  IDLE_LIMIT_MS,
  TOTAL_LIMIT_MS,
} from '../../../src/beacon/gatt/gatt-server.ts';

const token = Buffer.from('token');
const authenticator = Buffer.from('proof');

let now = 0;
let nonces = 0;
let heard: PhoneCheckIn[] = [];
let server: GattServer;

beforeEach(() => {
  now = 0;
  nonces = 0;
  heard = [];
  server = createGattServer({
    posName: 'Kasse Ø',
    random: (length) => Buffer.alloc(length, ++nonces),
    monotonicMs: () => now,
    onCheckIn: (checkIn) => heard.push(checkIn),
  });
  server.setBeaconId('123456789012345');
});

function connected(): PhoneConnection {
  const phone = server.connect();
  if (phone === null) throw new Error('not let in');
  return phone;
}
function read(phone: PhoneConnection, name: 'beaconId' | 'place' | 'challenge'): Buffer {
  const result = phone.read(name, 0);
  if ('error' in result) throw new Error(`error ${result.error}`);
  return Buffer.from(result.value);
}
function checkIn(phone: PhoneConnection) {
  return phone.checkIn(writeCheckIn({ nonce: read(phone, 'challenge'), token, authenticator }), 0);
}

describe('a phone reads', () => {
  it('the beacon id as text, and the place as version and name', () => {
    const phone = connected();
    expect(read(phone, 'beaconId').toString()).toBe('123456789012345');
    expect(read(phone, 'place').toString('hex')).toBe('014b6173736520c398');
  });

  it('a long value in pieces, and an error beyond its end', () => {
    const phone = connected();
    expect(phone.read('beaconId', 12)).toEqual({ value: Buffer.from('345') });
    expect(phone.read('beaconId', 15)).toEqual({ value: Buffer.alloc(0) });
    expect(phone.read('beaconId', 16)).toEqual({ error: attError.invalidOffset });
  });

  it('a challenge that is the same within a connection and another in the next', () => {
    const phone = connected();
    expect(read(phone, 'challenge')).toEqual(read(phone, 'challenge'));
    expect(read(phone, 'challenge')).toHaveLength(16);
    expect(read(connected(), 'challenge')).not.toEqual(read(phone, 'challenge'));
  });
});

describe('a check-in', () => {
  it('is handed on as it was written', () => {
    expect(checkIn(connected())).toBeNull();
    expect(heard).toEqual([{ token, authenticator }]);
  });

  it('has the bytes that docs/ble.md shows', () => {
    const nonce = Buffer.from('000102030405060708090a0b0c0d0e0f', 'hex');
    const written = writeCheckIn({ nonce, token, authenticator });
    expect(written.toString('hex')).toBe(
      '01000102030405060708090a0b0c0d0e0f0500746f6b656e70726f6f66',
    );
  });

  it('is accepted once per connection', () => {
    const phone = connected();
    checkIn(phone);
    expect(checkIn(phone)).toBe(attError.alreadyCheckedIn);
    expect(heard).toHaveLength(1);
  });

  it('is refused with the challenge of another connection', () => {
    const nonce = read(connected(), 'challenge');
    const value = writeCheckIn({ nonce, token, authenticator });
    expect(connected().checkIn(value, 0)).toBe(attError.wrongNonce);
    expect(heard).toEqual([]);
  });

  it('may take all of 512 bytes and not one more', () => {
    const phone = connected();
    const nonce = read(phone, 'challenge');
    const long = (length: number) =>
      writeCheckIn({ nonce, token, authenticator: Buffer.alloc(length - 24, 7) });
    expect(phone.checkIn(long(513), 0)).toBe(attError.invalidValueLength);
    expect(phone.checkIn(long(512), 0)).toBeNull();
  });

  it.each([
    ['nothing', '', attError.invalidValueLength],
    ['another version', '02', attError.unknownVersion],
    ['half a nonce', '010101', attError.invalidValueLength],
    ['no token', `01${'01'.repeat(16)}0000ff`, attError.invalidValueLength],
    ['no authenticator', `01${'01'.repeat(16)}0100ff`, attError.invalidValueLength],
    [
      'a token that is longer than the value',
      `01${'01'.repeat(16)}ffffff`,
      attError.invalidValueLength,
    ],
  ])('is refused with an error of its own: %s', (_, hex, error) => {
    expect(connected().checkIn(Buffer.from(hex, 'hex'), 0)).toBe(error);
  });

  it('is refused when it does not begin at the beginning', () => {
    const phone = connected();
    expect(
      phone.checkIn(writeCheckIn({ nonce: read(phone, 'challenge'), token, authenticator }), 1),
    ).toBe(attError.invalidOffset);
  });

  it('whatever is written is answered, and accepted only with the nonce in its place', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 600 }), fc.nat(600), (value, offset) => {
        now += 60_000;
        const phone = connected();
        const before = heard.length;
        const accepted = phone.checkIn(value, offset) === null;
        expect(heard.length - before).toBe(accepted ? 1 : 0);
        if (accepted) expect(Buffer.from(value).subarray(1, 17)).toEqual(read(phone, 'challenge'));
      }),
    );
  });
});

describe('the state', () => {
  it('is told at once, at each change, and with what became of the check-in', () => {
    const phone = connected();
    const told: string[] = [];
    server.setPhase('idle');
    phone.subscribe((message) => told.push(Buffer.from(message).toString('hex')));
    checkIn(phone);
    server.setPhase('paying');
    server.setPhase('paying');
    server.setPhase('approved');
    expect(told).toEqual(['010100', '010101', '010301', '010401']);
  });

  it('is told no more after the phone has unsubscribed or gone', () => {
    const told: Uint8Array[] = [];
    const first = connected();
    first.subscribe((message) => told.push(message));
    first.unsubscribe();
    const second = connected();
    second.subscribe((message) => told.push(message));
    second.end();
    server.setPhase('paying');
    expect(told).toHaveLength(2);
  });
});

describe('limits', () => {
  it('a phone that asks nothing is overdue, and one that asks is not', () => {
    const phone = connected();
    now = IDLE_LIMIT_MS;
    expect(phone.isOverdue()).toBe(false);
    phone.request();
    now = 2 * IDLE_LIMIT_MS;
    expect(phone.isOverdue()).toBe(false);
    now += 1;
    expect(phone.isOverdue()).toBe(true);
  });

  it('a phone that has checked in may listen in silence, for as long as any may stay', () => {
    const phone = connected();
    phone.subscribe(() => {});
    checkIn(phone);
    now = TOTAL_LIMIT_MS;
    expect(phone.isOverdue()).toBe(false);
    now += 1;
    expect(phone.isOverdue()).toBe(true);
  });

  it('a phone that goes on asking is overdue in the end', () => {
    const phone = connected();
    for (now = 0; now <= TOTAL_LIMIT_MS; now += 1000) phone.request();
    expect(phone.isOverdue()).toBe(true);
  });

  it('too many requests of one phone are cut off, and another phone is served', () => {
    const greedy = connected();
    const served = Array.from({ length: 200 }, () => greedy.request()).filter(Boolean);
    expect(served).toHaveLength(100);
    expect(connected().request()).toBe(true);
  });

  it('too many connections are cut off until some time has passed', () => {
    const letIn = () => Array.from({ length: 30 }, () => server.connect()).filter(Boolean).length;
    expect(letIn()).toBe(10);
    now = 3000;
    expect(letIn()).toBe(3);
  });

  it('too many check-ins are refused, however many phones they come from', () => {
    const answers = Array.from({ length: 8 }, () => checkIn(connected()));
    expect(answers).toEqual([
      null,
      null,
      null,
      null,
      null,
      ...Array(3).fill(attError.tooManyCheckIns),
    ]);
    now = 2000;
    expect(checkIn(connected())).toBeNull();
  });
});

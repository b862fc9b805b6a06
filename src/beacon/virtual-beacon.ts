import { randomBytes } from 'node:crypto';
import type { PhoneDeed, PhoneNews, VirtualDeviceChannel } from '../contract/virtual-device.ts';
import type { Beacon, BeaconCheckIn } from '../ports.ts';
import type { PhoneConnection } from './gatt/gatt-server.ts';
import { createGattServer } from './gatt/gatt-server.ts';

const OVERDUE_CHECK_MS = 1_000;

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');
const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64');

/** A beacon whose air is the process that started this one, and one phone in it. */
export function createVirtualBeacon(
  channel: VirtualDeviceChannel,
  options: { mode: 'one-way' | 'two-way'; posName: string },
): Beacon {
  const listeners: ((advertising: boolean) => void)[] = [];
  const checkInListeners: ((checkIn: BeaconCheckIn) => void)[] = [];
  let onAir: string | null = null;
  let closed = false;
  let phone: PhoneConnection | null = null;
  let overdueCheck: NodeJS.Timeout | undefined;

  const server = createGattServer({
    posName: options.posName,
    random: randomBytes,
    monotonicMs: () => performance.now(),
    onCheckIn({ token, authenticator }) {
      const checkIn = { token: base64(token), authenticator: base64(authenticator) };
      for (const listener of checkInListeners) listener(checkIn);
    },
  });

  function change(beaconId: string | null) {
    if (beaconId === onAir) return;
    const wasAdvertising = onAir !== null;
    onAir = beaconId;
    server.setBeaconId(beaconId ?? '');
    if (phone !== null) drop();
    const advertising = beaconId !== null;
    channel.send({ kind: 'beacon', advertising, beaconId });
    if (advertising !== wasAdvertising) {
      for (const listener of listeners) listener(advertising);
    }
  }

  // ------------------------------------------------------------ the phone

  function tell(news: PhoneNews): void {
    channel.send({ kind: 'phone', news });
  }

  function end(): void {
    clearInterval(overdueCheck);
    phone?.end();
    phone = null;
  }

  function drop(): void {
    end();
    tell({ of: 'dropped' });
  }

  function connect(): void {
    end();
    if (onAir !== null && options.mode === 'two-way') phone = server.connect();
    if (phone === null) return drop();
    overdueCheck = setInterval(() => {
      if (phone?.isOverdue() === true) drop();
    }, OVERDUE_CHECK_MS);
    overdueCheck.unref();
  }

  function serve(connection: PhoneConnection, deed: PhoneDeed): void {
    switch (deed.do) {
      case 'connect':
        return;
      case 'read': {
        const { ask, name } = deed;
        const result = connection.read(name, 0);
        if ('error' in result) tell({ of: 'refusal', ask, error: result.error });
        else tell({ of: 'answer', ask, value: hex(result.value) });
        return;
      }
      case 'check-in': {
        const { ask, value } = deed;
        const error = connection.checkIn(Buffer.from(value, 'hex'), 0);
        tell(error === null ? { of: 'answer', ask, value: '' } : { of: 'refusal', ask, error });
        return;
      }
      case 'subscribe':
        return connection.subscribe((message) => tell({ of: 'state', message: hex(message) }));
      case 'disconnect':
        return end();
    }
  }

  const stopListening = channel.onMessage((message) => {
    if (message.kind !== 'phone') return;
    if (message.deed.do === 'connect') return connect();
    if (phone === null) return;
    if (phone.request()) serve(phone, message.deed);
    else drop();
  });

  return {
    async advertise(beaconId) {
      if (!closed) change(beaconId);
    },
    setPhase: server.setPhase,
    onAdvertising(listener) {
      listeners.push(listener);
    },
    onCheckIn(listener) {
      checkInListeners.push(listener);
    },
    async close() {
      stopListening();
      change(null);
      end();
      closed = true;
    },
  };
}

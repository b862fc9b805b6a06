import { randomBytes } from 'node:crypto';
import type { Phase } from '../../contract/messages.ts';
import { SERVICE_UUID } from '../advert/service-uuid.ts';
import { attError } from '../gatt/att-error.ts';
import type { GattServer, PhoneConnection } from '../gatt/gatt-server.ts';
import { createGattServer } from '../gatt/gatt-server.ts';
import type { ReadableName } from '../gatt/service.ts';
import { characteristicUuids } from '../gatt/service.ts';
import type { Bleno, CharacteristicOptions } from './bleno-api.ts';
import { judgePacket, unlikelyError } from './packet-gate.ts';
import type { RadioFault, RadioOrder, RadioReport } from './radio-messages.ts';

type OpenOrder = Extract<RadioOrder, { kind: 'open' }>;
type AdvertiseOrder = Extract<RadioOrder, { kind: 'advertise' }>;

const POWER_ON_MS = 10_000;
/** A controller answers a command within milliseconds. */
const CONTROLLER_MS = 5_000;
const REASSERT_MS = 30_000;
/** bleno's own attempt after a disconnect comes first. */
const AFTER_DISCONNECT_MS = 100;
const OVERDUE_CHECK_MS = 1_000;

/** bleno, with the bytes and the rules that are ours. Anything odd ends the process: `fail`. */
export function createBlenoRadio(
  bleno: Bleno,
  settings: OpenOrder,
  world: {
    report: (report: RadioReport) => void;
    fail: (fault: RadioFault, detail: string) => void;
  },
) {
  const { report, fail } = world;
  let powered = false;
  let wanted: AdvertiseOrder | null = null;
  let connected = false;
  /** The advert is being stopped or started. */
  let switching = false;
  /** Meanwhile something else was wanted. */
  let changed = false;
  let phone: PhoneConnection | null = null;
  let deadline: NodeJS.Timeout | undefined = setTimeout(
    () => fail('radio-down', 'the adapter does not come up'),
    POWER_ON_MS,
  );

  const server: GattServer = createGattServer({
    posName: settings.posName,
    random: randomBytes,
    monotonicMs: () => performance.now(),
    onCheckIn: ({ token, authenticator }) =>
      // The phone has its answer first.
      setImmediate(() =>
        report({
          kind: 'check-in',
          token: Buffer.from(token).toString('base64'),
          authenticator: Buffer.from(authenticator).toString('base64'),
        }),
      ),
  });

  /** What must be confirmed by the controller; nothing of bleno's says that it never will be. */
  function expectAnswer(to: string): void {
    clearTimeout(deadline);
    deadline = setTimeout(
      () => fail('radio-down', `the controller does not answer: ${to}`),
      CONTROLLER_MS,
    );
  }
  function answered(): void {
    clearTimeout(deadline);
    deadline = undefined;
    switching = false;
  }

  /**
   * Again and again, because a failed restart of bleno's is silent. Stops first: many controllers
   * refuse to start what runs already. One after the other, because bleno takes any answer for the
   * one to its last command.
   */
  function assertAdvert(): void {
    if (!powered || connected) return;
    if (switching) {
      changed = true;
      return;
    }
    switching = true;
    expectAnswer('stop advertising');
    bleno.stopAdvertising();
  }

  function onStopped(): void {
    answered();
    if (wanted === null) return report({ kind: 'on-air', beaconId: null });
    if (connected) return;
    switching = true;
    changed = false;
    expectAnswer('start advertising');
    bleno.startAdvertisingWithEIRData(
      Buffer.from(wanted.advert, 'hex'),
      Buffer.from(wanted.scanResponse, 'hex'),
    );
  }

  function onStarted(): void {
    answered();
    if (changed) assertAdvert();
    else if (wanted !== null) report({ kind: 'on-air', beaconId: wanted.beaconId });
  }

  // ------------------------------------------------------------ the phone

  function dropPhone(): void {
    phone?.end();
    phone = null;
    expectAnswer('disconnect');
    // bleno takes the handle 0, which is one like any other, for none.
    const { _handle: handle, _hci: hci } = bleno._bindings;
    if (handle === 0) hci.disconnect(handle);
    else bleno.disconnect();
  }

  function onAccept(): void {
    connected = true;
    answered();
    phone = settings.twoWay ? server.connect() : null;
    if (phone === null) dropPhone();
  }

  function onDisconnect(): void {
    connected = false;
    phone?.end();
    phone = null;
    answered();
    setTimeout(assertAdvert, AFTER_DISCONNECT_MS);
  }

  function guardPackets(): void {
    const bindings = bleno._bindings;
    const deliver = bindings.onAclDataPkt.bind(bindings);
    bindings.onAclDataPkt = (handle, channel, packet) => {
      if (handle !== bindings._handle || phone === null) return;
      if (!phone.request()) return dropPhone();
      const answer = judgePacket(channel, packet);
      if (answer !== null) {
        if (answer.length > 0) bindings._aclStream?.write(channel, answer);
        return;
      }
      try {
        deliver(handle, channel, packet);
      } catch {
        bindings._aclStream?.write(channel, unlikelyError(packet));
      }
    };
  }

  function readable(name: ReadableName): CharacteristicOptions {
    return {
      uuid: characteristicUuids[name],
      properties: ['read'],
      onReadRequest(offset, answer) {
        const result = phone?.read(name, offset) ?? { error: attError.unlikely };
        if ('error' in result) answer(result.error);
        else answer(0, result.value);
      },
    };
  }

  function services(): unknown[] {
    const options: CharacteristicOptions[] = [
      readable('beaconId'),
      readable('place'),
      readable('challenge'),
      {
        uuid: characteristicUuids.checkIn,
        properties: ['write'],
        onWriteRequest(value, offset, _withoutResponse, answer) {
          answer(phone === null ? attError.unlikely : (phone.checkIn(value, offset) ?? 0));
        },
      },
      {
        uuid: characteristicUuids.state,
        properties: ['notify'],
        onSubscribe(_maxLength, notify) {
          const subscriber = phone;
          subscriber?.subscribe((message) =>
            // After the answer to the write that caused it; and never to a phone that has gone,
            // which would silence bleno for good.
            setImmediate(() => {
              if (subscriber === phone) notify(Buffer.from(message));
            }),
          );
        },
        onUnsubscribe: () => phone?.unsubscribe(),
      },
    ];
    const characteristics = options.map((each) => new bleno.Characteristic(each));
    return [new bleno.PrimaryService({ uuid: SERVICE_UUID, characteristics })];
  }

  // ------------------------------------------------------------ the adapter

  function onState(state: string): void {
    if (state === 'poweredOn') {
      powered = true;
      answered();
      report({ kind: 'ready' });
      assertAdvert();
    } else if (state === 'unauthorized') {
      fail('no-permission', 'the adapter may not be used by this user');
    } else {
      fail('radio-down', `the adapter is ${state}`);
    }
  }

  guardPackets();
  bleno.setServices(settings.twoWay ? services() : []);
  bleno.on('advertisingStart', onStarted);
  bleno.on('advertisingStartError', (error) => {
    answered();
    // Some controllers do not advertise beside a connection; it is tried again after it.
    if (!connected) fail('radio-down', `advertising was refused: ${error.message}`);
  });
  bleno.on('advertisingStop', onStopped);
  bleno.on('accept', onAccept);
  bleno.on('disconnect', onDisconnect);
  setInterval(assertAdvert, REASSERT_MS);
  setInterval(() => {
    if (phone?.isOverdue() === true) dropPhone();
  }, OVERDUE_CHECK_MS);
  // This is what starts the adapter.
  bleno.on('stateChange', onState);

  return {
    advertise(order: AdvertiseOrder): void {
      wanted = order;
      server.setBeaconId(order.beaconId);
      // It reads the old id otherwise, and keeps the new one off the air.
      if (phone !== null) dropPhone();
      else assertAdvert();
    },
    silence(): void {
      wanted = null;
      // The advert is stopped when the phone has gone.
      if (connected) dropPhone();
      else assertAdvert();
    },
    setPhase(phase: Phase): void {
      server.setPhase(phase);
    },
    /** Its commands have left when it returns. */
    close(): void {
      if (!powered) return;
      if (connected) dropPhone();
      bleno.stopAdvertising();
    },
  };
}
export type BlenoRadio = ReturnType<typeof createBlenoRadio>;

import type { VirtualDeviceChannel } from '../contract/virtual-device.ts';
import type { Beacon } from '../ports.ts';

/** A beacon whose air is the process that started this one. */
export function createVirtualBeacon(channel: VirtualDeviceChannel): Beacon {
  const listeners: ((advertising: boolean) => void)[] = [];
  let onAir: string | null = null;
  let closed = false;

  function change(beaconId: string | null) {
    if (beaconId === onAir) return;
    const wasAdvertising = onAir !== null;
    onAir = beaconId;
    const advertising = beaconId !== null;
    channel.send({ kind: 'beacon', advertising, beaconId });
    if (advertising !== wasAdvertising) {
      for (const listener of listeners) listener(advertising);
    }
  }

  return {
    async advertise(beaconId) {
      if (!closed) change(beaconId);
    },
    setPhase() {},
    onCheckIn() {},
    onAdvertising(listener) {
      listeners.push(listener);
    },
    async close() {
      change(null);
      closed = true;
    },
  };
}

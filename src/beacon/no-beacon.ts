import type { Beacon } from '../ports.ts';

/** `mode: off`: nothing is ever on the air. */
export function createNoBeacon(): Beacon {
  return {
    advertise: async () => {},
    setPhase: () => {},
    onAdvertising: () => {},
    onCheckIn: () => {},
    close: async () => {},
  };
}

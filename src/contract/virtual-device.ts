import type { ButtonAction, ButtonName, DisplayContent, LightPattern } from './device.ts';

/**
 * What a terminal with virtual drivers says to the process that started it, over Node's IPC
 * channel (`process.send`), and hears from it. Without such a parent the drivers keep silent.
 */
export type FromVirtualDevice =
  | { kind: 'display'; content: DisplayContent }
  | { kind: 'lights'; pattern: LightPattern }
  | { kind: 'beacon'; advertising: boolean; beaconId: string | null }
  | { kind: 'phone'; news: PhoneNews };

export type ToVirtualDevice =
  | { kind: 'button'; button: ButtonName; action: ButtonAction }
  | { kind: 'phone'; deed: PhoneDeed };

/** What a phone does to a virtual beacon, as docs/ble.md says. `ask` comes back with the answer. */
export type PhoneDeed =
  | { do: 'connect' }
  | { do: 'read'; ask: number; name: 'beaconId' | 'place' | 'challenge' }
  | { do: 'check-in'; ask: number; value: string }
  | { do: 'subscribe' }
  | { do: 'disconnect' };

/** What it gets. Values and messages are in hexadecimal; `error` is an ATT error code. */
export type PhoneNews =
  | { of: 'answer'; ask: number; value: string }
  | { of: 'refusal'; ask: number; error: number }
  | { of: 'state'; message: string }
  | { of: 'dropped' };

/** The device's end of the conversation. Neither method ever throws: nobody may be listening. */
export interface VirtualDeviceChannel {
  send(message: FromVirtualDevice): void;
  /** Returns what ends the listening. */
  onMessage(listener: (message: ToVirtualDevice) => void): () => void;
}

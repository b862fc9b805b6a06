import type { ButtonAction, ButtonName, DisplayContent, LightPattern } from './device.ts';

/**
 * What a terminal with virtual drivers says to the process that started it, over Node's IPC
 * channel (`process.send`), and hears from it. Without such a parent the drivers keep silent.
 */
export type FromVirtualDevice =
  | { kind: 'display'; content: DisplayContent }
  | { kind: 'lights'; pattern: LightPattern }
  | { kind: 'beacon'; advertising: boolean; beaconId: string | null };

export type ToVirtualDevice = {
  kind: 'button';
  button: ButtonName;
  action: ButtonAction;
};

/** The device's end of the conversation. Neither method ever throws: nobody may be listening. */
export interface VirtualDeviceChannel {
  send(message: FromVirtualDevice): void;
  /** Returns what ends the listening. */
  onMessage(listener: (message: ToVirtualDevice) => void): () => void;
}

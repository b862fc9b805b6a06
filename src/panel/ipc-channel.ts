import type { ToVirtualDevice, VirtualDeviceChannel } from '../contract/virtual-device.ts';

/** The members of `process` (or of a `ChildProcess`) that make up Node's IPC channel. */
export interface IpcPeer {
  send?(message: unknown, callback: (error: Error | null) => void): boolean;
  on(event: 'message', listener: (message: unknown) => void): unknown;
  off(event: 'message', listener: (message: unknown) => void): unknown;
  readonly connected: boolean;
  readonly channel?: { unref(): void } | null | undefined;
}

/**
 * The way to the process that started this one. Silent when there is none, or when it is gone.
 * Never keeps this process alive.
 */
export function createIpcChannel(peer: IpcPeer): VirtualDeviceChannel {
  return {
    send(message) {
      if (!peer.send || !peer.connected) return;
      // A parent that has just died is no error of the terminal's.
      peer.send(message, () => {});
    },
    onMessage(listener) {
      const relay = (message: unknown) => {
        if (isToVirtualDevice(message)) listener(message);
      };
      peer.on('message', relay);
      // A listener makes Node hold the process open for the channel; this undoes it.
      peer.channel?.unref();
      return () => {
        peer.off('message', relay);
      };
    },
  };
}

function isToVirtualDevice(message: unknown): message is ToVirtualDevice {
  if (!isObject(message)) return false;
  const { kind, button, action, deed } = message;
  if (kind === 'phone') return isObject(deed) && isPhoneDeed(deed);
  return (
    kind === 'button' &&
    (button === 'pay' || button === 'cancel') &&
    (action === 'press' || action === 'long-press')
  );
}

function isPhoneDeed({ do: deed, ask, name, value }: Fields): boolean {
  switch (deed) {
    case 'connect':
    case 'subscribe':
    case 'disconnect':
      return true;
    case 'read':
      return typeof ask === 'number' && ['beaconId', 'place', 'challenge'].includes(String(name));
    case 'check-in':
      return typeof ask === 'number' && typeof value === 'string';
    default:
      return false;
  }
}

type Fields = Partial<Record<string, unknown>>;

function isObject(message: unknown): message is Fields {
  return typeof message === 'object' && message !== null;
}

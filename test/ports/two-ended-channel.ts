import type {
  FromVirtualDevice,
  ToVirtualDevice,
  VirtualDeviceChannel,
} from '../../src/contract/virtual-device.ts';

/** A channel whose other end is in the test; what it carries is copied, as IPC does. */
export interface TwoEndedChannel {
  channel: VirtualDeviceChannel;
  received: FromVirtualDevice[];
  last<K extends FromVirtualDevice['kind']>(
    kind: K,
  ): Extract<FromVirtualDevice, { kind: K }> | undefined;
  deliver(message: ToVirtualDevice): void;
}

export function createTwoEndedChannel(): TwoEndedChannel {
  const received: FromVirtualDevice[] = [];
  const listeners = new Set<(message: ToVirtualDevice) => void>();
  return {
    channel: {
      send: (message) => void received.push(structuredClone(message)),
      onMessage(listener) {
        listeners.add(listener);
        return () => void listeners.delete(listener);
      },
    },
    received,
    last: <K extends FromVirtualDevice['kind']>(kind: K) =>
      received.findLast(
        (message): message is Extract<FromVirtualDevice, { kind: K }> => message.kind === kind,
      ),
    deliver(message) {
      for (const listener of listeners) listener(structuredClone(message));
    },
  };
}

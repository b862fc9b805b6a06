import type { ToVirtualDevice, VirtualDeviceChannel } from '../contract/virtual-device.ts';
import type { Buttons } from '../ports.ts';

/** Buttons pressed in the process that started this one. */
export function createVirtualButtons(channel: VirtualDeviceChannel): Buttons {
  const stops: (() => void)[] = [];
  return {
    onPress(listener) {
      const relay = (message: ToVirtualDevice) => {
        if (message.kind === 'button') listener(message.button, message.action);
      };
      stops.push(channel.onMessage(relay));
    },
    async close() {
      for (const stop of stops.splice(0)) stop();
    },
  };
}

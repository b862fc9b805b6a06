import type { VirtualDeviceChannel } from '../contract/virtual-device.ts';
import type { Buttons } from '../ports.ts';

/** Buttons pressed in the process that started this one. */
export function createVirtualButtons(channel: VirtualDeviceChannel): Buttons {
  const stops: (() => void)[] = [];
  return {
    onPress(listener) {
      stops.push(channel.onMessage(({ button, action }) => listener(button, action)));
    },
    async close() {
      for (const stop of stops.splice(0)) stop();
    },
  };
}

import type { VirtualDeviceChannel } from '../contract/virtual-device.ts';
import type { Display } from '../ports.ts';

/** A display drawn by the process that started this one. */
export function createVirtualDisplay(channel: VirtualDeviceChannel): Display {
  let closed = false;
  return {
    async show(content) {
      if (!closed) channel.send({ kind: 'display', content });
    },
    async close() {
      closed = true;
    },
  };
}

import type { VirtualDeviceChannel } from '../contract/virtual-device.ts';
import type { Lights } from '../ports.ts';

/** Lights drawn by the process that started this one. */
export function createVirtualLights(channel: VirtualDeviceChannel): Lights {
  let closed = false;
  return {
    async set(pattern) {
      if (!closed) channel.send({ kind: 'lights', pattern });
    },
    async close() {
      closed = true;
    },
  };
}

import { createVirtualBeacon } from '../../src/beacon/virtual-beacon.ts';
import { createVirtualButtons } from '../../src/panel/virtual-buttons.ts';
import { createVirtualDisplay } from '../../src/panel/virtual-display.ts';
import { createVirtualLights } from '../../src/panel/virtual-lights.ts';
import { beaconContract } from './beacon-contract.ts';
import { buttonsContract } from './buttons-contract.ts';
import { displayContract } from './display-contract.ts';
import { lightsContract } from './lights-contract.ts';
import { createTwoEndedChannel } from './two-ended-channel.ts';

displayContract('the virtual display', async () => {
  const { channel, last } = createTwoEndedChannel();
  return {
    display: createVirtualDisplay(channel),
    async look() {
      const content = last('display')?.content;
      if (!content) return null;
      return {
        text: [content.title, content.detail, content.amount ?? ''].join('\n'),
        qr: content.qr,
      };
    },
  };
});

lightsContract('virtual lights', async () => {
  const { channel, last } = createTwoEndedChannel();
  return {
    lights: createVirtualLights(channel),
    look: async () => last('lights')?.pattern ?? null,
  };
});

buttonsContract('virtual buttons', async () => {
  const { channel, deliver } = createTwoEndedChannel();
  return {
    buttons: createVirtualButtons(channel),
    press: async (button, action) => deliver({ kind: 'button', button, action }),
  };
});

beaconContract('the virtual beacon', async () => {
  const { channel, last } = createTwoEndedChannel();
  return {
    beacon: createVirtualBeacon(channel, { mode: 'two-way', posName: 'Kasse 1' }),
    async receive() {
      const heard = last('beacon');
      return heard?.advertising ? heard.beaconId : null;
    },
  };
});

import { createNoBeacon } from '../../src/beacon/no-beacon.ts';
import { createNoButtons, createNoDisplay, createNoLights } from '../../src/panel/no-panel.ts';
import { beaconContract } from './beacon-contract.ts';
import { buttonsContract } from './buttons-contract.ts';
import { displayContract } from './display-contract.ts';
import { lightsContract } from './lights-contract.ts';

const nothing = async () => null;

displayContract('no display', async () => ({ display: createNoDisplay(), look: nothing }), {
  seen: false,
});
lightsContract('no lights', async () => ({ lights: createNoLights(), look: nothing }), {
  seen: false,
});
buttonsContract('no buttons', async () => ({ buttons: createNoButtons(), press: async () => {} }), {
  felt: false,
});
beaconContract('no beacon', async () => ({ beacon: createNoBeacon(), receive: nothing }), {
  onAir: false,
});

import { expect, it } from 'vitest';
import { createVirtualBeacon } from '../../src/beacon/virtual-beacon.ts';
import { createTwoEndedChannel } from '../ports/two-ended-channel.ts';

it('the virtual beacon tells the air of a change and of nothing else', async () => {
  const { channel, received } = createTwoEndedChannel();
  const beacon = createVirtualBeacon(channel, { mode: 'two-way', posName: 'Kasse 1' });
  await beacon.advertise(null);
  await beacon.advertise('123456789012345');
  await beacon.advertise('123456789012345');
  await beacon.close();
  expect(received).toEqual([
    { kind: 'beacon', advertising: true, beaconId: '123456789012345' },
    { kind: 'beacon', advertising: false, beaconId: null },
  ]);
});

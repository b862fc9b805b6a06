import { beforeEach, describe, expect, it } from 'vitest';
import { createVirtualBeacon } from '../../src/beacon/virtual-beacon.ts';
import type { PhoneNews } from '../../src/contract/virtual-device.ts';
import type { Beacon, BeaconCheckIn } from '../../src/ports.ts';
import { PhoneRadio } from '../../src/world/phone-radio.ts';
import { createTwoEndedChannel } from '../ports/two-ended-channel.ts';

const id = '123456789012345';
const token = Buffer.from('token');
const proof = Buffer.from('proof');

let beacon: Beacon;
let phone: PhoneRadio;
let heard: BeaconCheckIn[];
let news: () => PhoneNews[];
let act: (deed: Parameters<ConstructorParameters<typeof PhoneRadio>[0]>[0]) => void;

function meet(mode: 'one-way' | 'two-way'): void {
  const { channel, deliver, received } = createTwoEndedChannel();
  heard = [];
  let told = 0;
  news = () => received.flatMap((each) => (each.kind === 'phone' ? [each.news] : []));
  act = (deed) => {
    deliver({ kind: 'phone', deed });
    // The channel is at hand at once; a process's would take a moment.
    queueMicrotask(() => {
      for (const each of news().slice(told)) phone.hear(each);
      told = news().length;
    });
  };
  beacon = createVirtualBeacon(channel, { mode, posName: 'Kasse 1' });
  beacon.onCheckIn((checkIn) => heard.push(checkIn));
  phone = new PhoneRadio(act);
}

describe('a phone before a virtual beacon', () => {
  beforeEach(() => meet('two-way'));

  it('checks in with the same messages as over the air', async () => {
    await beacon.advertise(id);
    expect(await phone.checkIn(token, proof)).toBe(true);
    expect(heard).toEqual([{ token: 'dG9rZW4=', authenticator: 'cHJvb2Y=' }]);
  });

  it('is told the state when it has subscribed, and no more when it has gone', async () => {
    await beacon.advertise(id);
    act({ do: 'connect' });
    act({ do: 'subscribe' });
    beacon.setPhase('paying');
    act({ do: 'disconnect' });
    beacon.setPhase('approved');
    expect(news()).toEqual([
      { of: 'state', message: '010000' },
      { of: 'state', message: '010300' },
    ]);
  });

  it('reads the id and the place, and is refused what is wrong', async () => {
    await beacon.advertise(id);
    act({ do: 'connect' });
    act({ do: 'read', ask: 1, name: 'beaconId' });
    act({ do: 'read', ask: 2, name: 'place' });
    act({ do: 'check-in', ask: 3, value: '02' });
    expect(news()).toEqual([
      { of: 'answer', ask: 1, value: Buffer.from(id).toString('hex') },
      { of: 'answer', ask: 2, value: '014b617373652031' },
      { of: 'refusal', ask: 3, error: 0x80 },
    ]);
  });

  it('is dropped by a beacon that is silent, or falls silent', async () => {
    expect(await phone.checkIn(token, proof)).toBe(false);
    await beacon.advertise(id);
    act({ do: 'connect' });
    await beacon.advertise(null);
    expect(news()).toEqual([{ of: 'dropped' }, { of: 'dropped' }]);
  });

  it('is dropped when it asks without end', async () => {
    await beacon.advertise(id);
    act({ do: 'connect' });
    for (let ask = 0; ask < 200; ask += 1) act({ do: 'read', ask, name: 'place' });
    expect(news().at(-1)).toEqual({ of: 'dropped' });
    expect(news().length).toBeLessThan(110);
  });
});

it('a phone before a virtual beacon that is one-way is dropped at once', async () => {
  meet('one-way');
  await beacon.advertise(id);
  expect(await phone.checkIn(token, proof)).toBe(false);
  expect(heard).toEqual([]);
});

import { afterEach, describe, expect, it, vi } from 'vitest';
import { beaconContract } from '../ports/beacon-contract.ts';
import { createRadioStage, isAlive, type RadioStage } from './radio-stage.ts';

const id = '123456789012345';
const until = (check: () => void) => vi.waitFor(check, { timeout: 8000, interval: 10 });

let stage: RadioStage | undefined;
afterEach(async () => {
  await stage?.dispose();
  stage = undefined;
});
function set(...args: Parameters<typeof createRadioStage>): RadioStage {
  stage = createRadioStage(...args);
  return stage;
}

beaconContract('the beacon on a radio', async () => {
  const { beacon, receive, dispose } = createRadioStage();
  return { beacon, receive: async () => receive(), dispose };
});

describe('the radio works', () => {
  it('no process runs before there is something to advertise', async () => {
    const { beacon, starts } = set();
    await beacon.advertise(null);
    expect(starts()).toEqual([]);
    await beacon.advertise(id);
    expect(starts()).toHaveLength(1);
  });

  it('the process learns what it needs and gets none of our settings', async () => {
    const { beacon, lastOrder } = set();
    beacon.setPhase('idle');
    await beacon.advertise(id);
    expect(lastOrder('open')).toEqual({
      kind: 'open',
      hciDevice: 0,
      intervalMs: 100,
      posName: 'Kasse 1',
      twoWay: true,
    });
    expect(lastOrder('phase')).toEqual({ kind: 'phase', phase: 'idle' });
    beacon.setPhase('paying');
    await until(() => expect(lastOrder('phase')).toEqual({ kind: 'phase', phase: 'paying' }));
  });

  it('a check-in is handed on', async () => {
    const { beacon } = set(['checks in']);
    const heard: unknown[] = [];
    beacon.onCheckIn((checkIn) => heard.push(checkIn));
    await beacon.advertise(id);
    await until(() => expect(heard).toEqual([{ token: 'dG9rZW4=', authenticator: 'cHJvb2Y=' }]));
  });

  it('a one-way beacon has no check-ins, whatever its radio says', async () => {
    const { beacon, lastOrder } = set(['checks in'], { mode: 'one-way' });
    const heard: unknown[] = [];
    beacon.onCheckIn((checkIn) => heard.push(checkIn));
    await beacon.advertise(id);
    await beacon.advertise(null);
    expect(heard).toEqual([]);
    expect(lastOrder('open')).toMatchObject({ twoWay: false });
  });

  it('an id that the format has no room for is an error and a fault, and nothing is advertised', async () => {
    const { beacon, receive, faults } = set(['works'], {
      advert: { format: 'eddystone-url', url: 'https://a.dk/', measuredPower: -59 },
    });
    await beacon.advertise(id);
    await expect(beacon.advertise('a1b2c3d4-e5f6-4711-8899-aabbccddeeff')).rejects.toThrow(
      /^beacon\.format: eddystone-url/,
    );
    await until(() => expect(receive()).toBeNull());
    await until(() => expect([...faults]).toEqual(['radio-down']));
    await beacon.advertise(id);
    await until(() => expect(receive()).toBe(id));
    await until(() => expect([...faults]).toEqual([]));
  });

  it('closing leaves the air and ends the process, also one that will not go', async () => {
    for (const mood of ['works', 'stays']) {
      const { beacon, starts, receive, faults, dispose } = createRadioStage([mood]);
      await beacon.advertise(id);
      await beacon.close();
      expect(receive()).toBeNull();
      expect(starts().map(isAlive)).toEqual([false]);
      expect([...faults]).toEqual([]);
      await dispose();
    }
  });
});

describe('the radio fails and heals by itself:', () => {
  it.each([
    ['it crashes', 'crashes', 'radio-down'],
    ['it aborts', 'aborts', 'radio-down'],
    ['it hangs', 'hangs', 'radio-down'],
    ['it repeats an old answer', 'repeats itself', 'radio-down'],
    ['it talks nonsense', 'gossips', 'radio-down'],
    ['bluetoothd has the adapter', 'is refused', 'adapter-busy'],
    ['the user may not use it', 'may not', 'no-permission'],
  ])('%s', async (_, mood, fault) => {
    const { beacon, receive, reports, faults, starts } = set([mood, mood, 'works'], {
      // Where nothing hangs, a busy machine must not look as if something did.
      radio: { hangMs: ['hangs', 'repeats itself'].includes(mood) ? 1_500 : 10_000 },
    });
    const heard: boolean[] = [];
    beacon.onAdvertising((advertising) => heard.push(advertising));
    await beacon.advertise(id);
    await until(() => expect(starts()).toHaveLength(3));
    await until(() => expect(receive()).toBe(id));
    await until(() => expect([...faults]).toEqual([]));
    // Raised once, though it failed twice; cleared once.
    if (mood !== 'repeats itself') expect(reports).toEqual([`+${fault}`, `-${fault}`]);
    await until(() => expect(heard.at(-1)).toBe(true));
    expect(starts().slice(0, 2).map(isAlive)).toEqual([false, false]);
  });

  it('its process is killed from outside', async () => {
    const { beacon, receive, reports, starts } = set();
    const heard: boolean[] = [];
    beacon.onAdvertising((advertising) => heard.push(advertising));
    await beacon.advertise(id);
    const [first = 0] = starts();
    process.kill(first, 'SIGKILL');
    await until(() => expect(starts()).toHaveLength(2));
    await until(() => expect(receive()).toBe(id));
    await until(() => expect(heard).toEqual([true, false, true]));
    expect(reports).toEqual(['+radio-down', '-radio-down']);
  });

  it('a radio that advertises something else is not believed', async () => {
    const { beacon, reports, receive } = set(['lies', 'works'], { radio: { confirmMs: 500 } });
    const heard: boolean[] = [];
    beacon.onAdvertising((advertising) => heard.push(advertising));
    await beacon.advertise(id);
    expect(reports).toEqual(['+radio-down']);
    expect(heard).toEqual([]);
    await until(() => expect(receive()).toBe(id));
    await until(() => expect(reports).toEqual(['+radio-down', '-radio-down']));
    expect(heard).toEqual([true]);
  });
});

describe('the adapter', () => {
  it('that is missing is a fault until it is plugged in; nothing is started before', async () => {
    const { beacon, reports, starts, plugIn, receive } = set(['works'], { pluggedIn: false });
    await beacon.advertise(id);
    expect(reports).toEqual(['+adapter-missing']);
    expect(starts()).toEqual([]);
    plugIn();
    await until(() => expect(receive()).toBe(id));
    await until(() => expect(reports).toEqual(['+adapter-missing', '-adapter-missing']));
  });

  it('that is torn out takes the process with it, and works when it is back', async () => {
    const { beacon, reports, starts, tearOut, plugIn, receive } = set();
    await beacon.advertise(id);
    tearOut();
    await until(() => expect(reports).toEqual(['+adapter-missing']));
    expect(starts().map(isAlive)).toEqual([false]);
    plugIn();
    await until(() => expect(receive()).toBe(id));
    await until(() => expect(reports).toEqual(['+adapter-missing', '-adapter-missing']));
  });

  it.each(['soft', 'hard'] as const)(
    'that is blocked (%s) is a fault until it is not',
    async (how) => {
      const { beacon, reports, block, receive } = set();
      await beacon.advertise(id);
      block(how, true);
      await until(() => expect(reports).toEqual(['+adapter-blocked']));
      expect(receive()).toBeNull();
      block(how, false);
      await until(() => expect(receive()).toBe(id));
      await until(() => expect(reports).toEqual(['+adapter-blocked', '-adapter-blocked']));
    },
  );

  it('one fault takes the place of another', async () => {
    const { beacon, reports, faults, block, plugIn } = set(['works'], { pluggedIn: false });
    await beacon.advertise(id);
    block('soft', true);
    plugIn();
    await until(() => expect([...faults]).toEqual(['adapter-blocked']));
    expect(reports).toEqual(['+adapter-missing', '-adapter-missing', '+adapter-blocked']);
  });
});

import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { writeCheckIn } from '../../src/beacon/gatt/check-in-write.ts';
import { receive } from '../beacon/advert/received.ts';
import { le } from '../beacon/att-discovery.ts';
import { isAlive } from '../beacon/radio-stage.ts';
import { blenoIsInstalled, openRadioRoom, type RadioRoom, radioProcess } from './radio-room.ts';

const id = '123456789012345';
const parentProgram = fileURLToPath(new URL('./radio-parent.mjs', import.meta.url));
const READ = '0a';
const WRITE = '12';
const PREPARE = '16';
const EXECUTE = '18';
const ERROR = '01';

let room: RadioRoom | undefined;
afterEach(async () => {
  await room?.dispose();
  room = undefined;
});
async function enter(...args: Parameters<typeof openRadioRoom>): Promise<RadioRoom> {
  room = await openRadioRoom(...args);
  return room;
}
async function connected(...args: Parameters<typeof openRadioRoom>) {
  const entered = await enter(...args);
  await entered.beacon.advertise(id);
  entered.connect();
  return { ...entered, handles: await entered.discover() };
}
const text = (hex: string) => Buffer.from(hex, 'hex').toString();

describe.skipIf(!blenoIsInstalled)('bleno and a controller (needs @abandonware/bleno)', () => {
  it('the air has our bytes, not those of the library', async () => {
    const { beacon, air } = await enter();
    await beacon.advertise(id);
    const now = air();
    expect(receive(Buffer.from(now?.advert ?? '', 'hex'), 'b4d4000061ce480b').beaconId).toBe(id);
    expect(now).toMatchObject({ enabled: true, interval: 160 });
    expect(now?.scanResponse).toMatch(/^11074106e37bd21688ba0b48ce610100d4b4.*4b6173736520c398$/);
    await beacon.advertise(null);
    expect(air()).toMatchObject({ enabled: false });
  });

  it('another id takes the place of one that is on the air', async () => {
    const { beacon, air, reports } = await enter();
    await beacon.advertise(id);
    await beacon.advertise('543210987654321');
    const { beaconId } = receive(Buffer.from(air()?.advert ?? '', 'hex'), 'b4d4000061ce480b');
    expect(beaconId).toBe('543210987654321');
    expect(air()).toMatchObject({ enabled: true });
    expect(reports).toEqual([]);
  });

  it('a phone reads, checks in, and is told what becomes of it', async () => {
    const { beacon, ask, next, handles } = await connected();
    const heard: unknown[] = [];
    beacon.onCheckIn((checkIn) => heard.push(checkIn));
    expect(text((await ask(READ + le(handles.beaconId))).slice(2))).toBe(id);
    expect(text((await ask(READ + le(handles.place))).slice(4))).toBe('Kasse Ø');
    const nonce = Buffer.from((await ask(READ + le(handles.challenge))).slice(2), 'hex');
    expect(nonce).toHaveLength(16);

    beacon.setPhase('idle');
    expect(await ask(`${WRITE}${le(handles.state + 1)}0100`)).toBe('13');
    expect(await next()).toMatch(new RegExp(`^1b${le(handles.state)}010[01]00$`));

    const value = writeCheckIn({
      nonce,
      token: Buffer.from('token'),
      authenticator: Buffer.from('proof'),
    });
    expect(await ask(WRITE + le(handles.checkIn) + value.toString('hex'))).toBe('13');
    expect(await next()).toBe(`1b${le(handles.state)}010101`);
    beacon.setPhase('paying');
    expect(await next()).toBe(`1b${le(handles.state)}010301`);
    expect(heard).toEqual([{ token: 'dG9rZW4=', authenticator: 'cHJvb2Y=' }]);
    const again = await ask(WRITE + le(handles.checkIn) + value.toString('hex'));
    expect(again).toBe(`${ERROR}12${le(handles.checkIn)}82`);
  });

  it('a check-in of 512 bytes comes in pieces', async () => {
    const { beacon, ask, handles } = await connected();
    const heard: { token: string }[] = [];
    beacon.onCheckIn((checkIn) => heard.push(checkIn));
    const nonce = Buffer.from((await ask(READ + le(handles.challenge))).slice(2), 'hex');
    const token = Buffer.alloc(400, 5);
    const value = writeCheckIn({ nonce, token, authenticator: Buffer.alloc(93, 6) });
    expect(value).toHaveLength(512);
    for (let at = 0; at < value.length; at += 18) {
      const part = value.subarray(at, at + 18).toString('hex');
      const prepared = `${le(handles.checkIn)}${le(at)}${part}`;
      expect(await ask(PREPARE + prepared)).toBe(`17${prepared}`);
    }
    expect(await ask(`${EXECUTE}01`)).toBe('19');
    expect(heard.map((checkIn) => checkIn.token)).toEqual([token.toString('base64')]);
  });

  it('the beacon is back on the air when the phone has gone', async () => {
    const { air, until, disconnect, reports } = await connected();
    expect(air()).toMatchObject({ enabled: false });
    disconnect();
    await until(() => expect(air()).toMatchObject({ enabled: true }));
    expect(reports).toEqual([]);
  });

  it('a controller whose first handle is 0 is one like any other', async () => {
    const { beacon, connect, next, air, until } = await enter('handle 0', { mode: 'one-way' });
    await beacon.advertise(id);
    connect();
    expect(await next()).toBe('disconnected');
    await until(() => expect(air()).toMatchObject({ enabled: true }));
  });

  it('one way: whoever connects is dropped at once, and there is nothing to read', async () => {
    const { beacon, connect, send, next, air, until } = await enter('fine', { mode: 'one-way' });
    await beacon.advertise(id);
    expect(air()?.scanResponse).toBe('09094b6173736520c398');
    connect();
    send(4, '0a0c00');
    expect(await next()).toBe('disconnected');
    await until(() => expect(air()).toMatchObject({ enabled: true }));
  });
});

describe.skipIf(!blenoIsInstalled)('a hostile phone (needs @abandonware/bleno)', () => {
  it.each([
    ['a read without a handle', '0a', `${ERROR}0a000004`],
    ['half a handle', '0a0c', `${ERROR}0a000004`],
    ['a write without anything', '12', `${ERROR}12000004`],
    ['a search without a value', '0601000200', `${ERROR}06000004`],
    ['an exchange of half an MTU', '0217', `${ERROR}02000004`],
    ['a request that nobody knows', '3f00', `${ERROR}3f000006`],
    ['a prepared write beyond 512 bytes', `16120000020102`, `${ERROR}16000009`],
    ['a read of a handle that is none', '0aff00', `${ERROR}0aff0001`],
  ])('is answered with an error: %s', async (_, packet, answer) => {
    const { ask, handles, reports } = await connected();
    expect(await ask(packet)).toBe(answer);
    expect(text((await ask(READ + le(handles.beaconId))).slice(2))).toBe(id);
    expect(reports).toEqual([]);
  });

  it('gets no answer to commands and empty packets, and others are served after it', async () => {
    const { send, ask, handles } = await connected();
    for (const packet of ['', '52', 'd2ffff', '1e']) send(4, packet);
    expect(text((await ask(READ + le(handles.beaconId))).slice(2))).toBe(id);
  });

  it('cannot pair', async () => {
    const { send, next, ask, handles } = await connected();
    send(6, '01040001100001');
    expect(await next(6)).toBe('0505');
    send(6, '');
    expect(await next(6)).toBe('0505');
    expect(text((await ask(READ + le(handles.beaconId))).slice(2))).toBe(id);
  });

  it('that asks without end is dropped, and the beacon is back', async () => {
    const { send, next, air, until, reports } = await connected();
    for (let times = 0; times < 200; times += 1) send(4, '0aff00');
    const answers: string[] = [];
    while (answers.at(-1) !== 'disconnected') answers.push(await next());
    expect(answers.length).toBeLessThan(110);
    await until(() => expect(air()).toMatchObject({ enabled: true }));
    expect(reports).toEqual([]);
  });

  it('that connects again and again is dropped at once, and the beacon goes on', async () => {
    const { beacon, connect, disconnect, ask, next, air, until, reports } = await enter();
    await beacon.advertise(id);
    let served = 0;
    for (;;) {
      connect();
      if ((await ask('0aff00')) === 'disconnected') break;
      served += 1;
      disconnect();
      expect(await next()).toBe('disconnected');
    }
    expect(served).toBeGreaterThanOrEqual(10);
    expect(served).toBeLessThan(20);
    await until(() => expect(air()).toMatchObject({ enabled: true }));
    expect(reports).toEqual([]);
  });
});

describe.skipIf(!blenoIsInstalled)('an adapter (needs @abandonware/bleno)', () => {
  it.each([
    ['that another program owns', 'busy', 'adapter-busy'],
    ['that this user may not open', 'not permitted', 'no-permission'],
    ['that went between look and start', 'gone', 'adapter-missing'],
    ['that refuses to advertise', 'refuses', 'radio-down'],
    ['that does not answer', 'deaf', 'radio-down'],
  ])('%s is a fault of its own', async (_, mood, fault) => {
    const { beacon, reports } = await enter(mood);
    await beacon.advertise(id);
    expect(reports).toEqual([`+${fault}`]);
  });

  it('that the kernel does not have, though there is a name for it, is missing', async () => {
    // The real native socket: no kernel has 250 adapters, and many have no Bluetooth at all.
    const { beacon, reports } = await enter('fine', {
      hciDevice: 250,
      radio: { args: [radioProcess] },
    });
    await beacon.advertise(id);
    expect(['+adapter-missing', '+no-permission']).toContain(reports[0]);
  });

  it.each(['SIGTERM', 'SIGINT'] as const)('is silent after %s to the radio', async (signal) => {
    const { beacon, air, until } = await enter();
    await beacon.advertise(id);
    const { pid } = air() ?? { pid: 0 };
    process.kill(pid, signal);
    await until(() => expect(isAlive(pid)).toBe(false));
    // Until it is started again by the beacon, which nobody told to stop.
    expect(air()?.pid === pid && air()?.enabled === true).toBe(false);
  });

  it('is silent after the death of the terminal', async () => {
    const { args, air, until } = await enter();
    const parent = spawn(process.execPath, [parentProgram, ...args], { stdio: 'ignore' });
    await until(() => expect(air()).toMatchObject({ enabled: true, advert: '020106' }));
    const { pid } = air() ?? { pid: 0 };
    parent.kill('SIGKILL');
    await until(() => expect(isAlive(pid)).toBe(false));
    expect(air()).toMatchObject({ enabled: false });
  });
});

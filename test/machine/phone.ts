import { stripVTControlCharacters } from 'node:util';
import { characteristicUuids } from '../../src/beacon/gatt/service.ts';
import type { Machine, Program } from './machine.ts';
import type { Transcript } from './transcript.ts';
import { until } from './until.ts';
import { PHONE_ADDRESS, TERMINAL_ADDRESS } from './wiring.ts';

/** Without what steers a cursor. */
const plain = (text: string) => stripVTControlCharacters(text).replace(/[^\n -~]/g, '');

/**
 * Off and on again, because btvirt's adverts are heard only when a scan begins, and the kernel may be
 * scanning still. Right after btvirt has come the kernel may be busy with it.
 */
const switchOn = `hciconfig hci1 down
  for try in $(seq 50); do hciconfig hci1 up && exit; sleep 0.1; done; exit 1`;

/** Ends what the kernel would keep for some seconds more, and waits until it has ended. */
const hangUp = `handles() { hcitool -i hci1 con | sed -n 's/.*handle \\([0-9]*\\).*/\\1/p'; }
  for handle in $(handles); do hcitool -i hci1 ledc $handle || true; done
  for try in $(seq 100); do [ -z "$(handles)" ] && exit; sleep 0.1; done; exit 1`;

type Name = keyof typeof characteristicUuids;

/** Scans once with hcitool on the second controller; what it hears, btmon records. */
export async function scan(machine: Machine, during: () => Promise<void>): Promise<void> {
  await machine.run(switchOn);
  const scanning = await machine.start('lescan', 'hcitool -i hci1 lescan --duplicates');
  try {
    await during();
  } finally {
    scanning.signal('SIGINT');
    await scanning.ended;
  }
}

/** A phone on the second controller, connected with BlueZ's gatttool. */
export interface GattPhone {
  read(name: Name): Promise<Buffer>;
  /** With response. Returns what gatttool says of it. */
  write(name: Name, value: Uint8Array): Promise<string>;
  subscribe(): Promise<void>;
  /** Every notification so far, in hexadecimal. */
  told: string[];
  disconnect(): Promise<void>;
}

export async function connectPhone(machine: Machine, transcript: Transcript): Promise<GattPhone> {
  await machine.run(switchOn);
  let printed = '';
  const told: string[] = [];
  const gatttool: Program = await machine.start(
    'gatttool',
    `gatttool --adapter=hci1 --device=${TERMINAL_ADDRESS} --interactive`,
    {
      onBytes(bytes) {
        const text = plain(bytes.toString());
        printed += text;
        for (const [, hex = ''] of text.matchAll(
          /Notification handle = 0x\w+ value: ([\da-f ]+)/g,
        )) {
          told.push(hex.replaceAll(' ', ''));
          transcript.note('phone', `is told ${hex.trim()}`);
        }
      },
    },
  );

  /** What gatttool prints from now on, as soon as it fits. */
  async function answerTo(command: string, wanted: RegExp): Promise<RegExpExecArray> {
    printed = '';
    gatttool.say(`${command}\n`);
    return await until(() => {
      const match = wanted.exec(printed);
      if (match === null) throw new Error(`gatttool, told ${command}, said: ${printed}`);
      return match;
    });
  }

  await answerTo('connect', /Connection successful/);
  transcript.note('phone', `${PHONE_ADDRESS} is connected to ${TERMINAL_ADDRESS}`);
  const { 0: listed } = await answerTo(
    'characteristics',
    new RegExp(`char value handle.*${characteristicUuids.state}`, 's'),
  );
  const handles = new Map(
    [...listed.matchAll(/char value handle: (0x\w+), uuid: (\S+)/g)].map(
      ([, handle = '', uuid = '']) => [uuid, handle],
    ),
  );
  const handleOf = (name: Name) => handles.get(characteristicUuids[name]) ?? '';
  const stateSwitch = `0x${(Number(handleOf('state')) + 1).toString(16)}`;

  return {
    told,
    async read(name) {
      const [, hex = ''] = await answerTo(
        `char-read-hnd ${handleOf(name)}`,
        /Characteristic value\/descriptor: ([\da-f ]*)\n/,
      );
      return Buffer.from(hex.replaceAll(' ', ''), 'hex');
    },
    async write(name, value) {
      const hex = Buffer.from(value).toString('hex');
      const [said] = await answerTo(
        `char-write-req ${handleOf(name)} ${hex}`,
        /Characteristic value was written successfully|Error: .*\n/,
      );
      return said.trim();
    },
    async subscribe() {
      await answerTo(`char-write-req ${stateSwitch} 0100`, /written successfully/);
    },
    async disconnect() {
      gatttool.say('disconnect\nquit\n');
      await gatttool.ended;
      await machine.run(hangUp);
    },
  };
}

/** A phone that sends what it likes: guest/phone.c. Packets are in hexadecimal. */
export interface RawPhone {
  say(packet: string): void;
  /** Sends a packet; the next that comes is the answer. */
  ask(packet: string): Promise<string>;
  /** Sends it so many times, each after the answer to the one before; microseconds to the answers. */
  time(times: number, packet: string): Promise<number[]>;
  isDropped(): Promise<void>;
  disconnect(): Promise<void>;
}

export async function connectRaw(machine: Machine, peer = TERMINAL_ADDRESS): Promise<RawPhone> {
  await machine.run(switchOn);
  const heard: string[] = [];
  let rest = '';
  const program = await machine.start('phone', `${machine.phoneProgram} ${PHONE_ADDRESS} ${peer}`, {
    onBytes(bytes) {
      const lines = (rest + bytes.toString()).split('\n');
      rest = lines.pop() ?? '';
      heard.push(...lines);
    },
  });
  const next = () =>
    until(() => {
      const line = heard.shift();
      if (line === undefined) throw new Error('the phone hears nothing');
      return line;
    });
  const first = await next();
  if (first !== 'connected') throw new Error(`the phone says ${first}`);
  return {
    say: (packet) => program.say(`${packet}\n`),
    async ask(packet) {
      program.say(`${packet}\n`);
      return await next();
    },
    async time(times, packet) {
      program.say(`time ${times} ${packet}\n`);
      const [word, ...took] = (await next()).split(' ');
      if (word !== 'took') throw new Error(`the phone says ${word}`);
      return took.map(Number);
    },
    async isDropped() {
      await until(() => {
        if (!heard.includes('gone')) throw new Error('the phone is still connected');
      });
      await program.ended;
    },
    async disconnect() {
      program.signal('SIGTERM');
      await program.ended;
      await machine.run(hangUp);
    },
  };
}

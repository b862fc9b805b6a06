import { stripVTControlCharacters } from 'node:util';
import { characteristicUuids } from '../../src/beacon/gatt/service.ts';
import type { Machine, Program } from './machine.ts';
import type { Transcript } from './transcript.ts';
import { until } from './until.ts';
import { PHONE_ADDRESS, TERMINAL_ADDRESS } from './wiring.ts';

/** Without what steers a cursor. */
const plain = (text: string) => stripVTControlCharacters(text).replace(/[^\n -~]/g, '');

/** The kernel may have put the controller to sleep, or just be waking it. */
const switchOn = 'for try in $(seq 50); do hciconfig hci1 up && exit; sleep 0.1; done; exit 1';

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
    },
  };
}

/** A phone that sends what it likes: guest/phone.c. Packets are in hexadecimal. */
interface HostilePhone {
  say(packet: string): void;
  /** Sends a packet; the next that comes is the answer. */
  ask(packet: string): Promise<string>;
  isDropped(): Promise<void>;
}

export async function connectHostile(
  machine: Machine,
  transcript: Transcript,
): Promise<HostilePhone> {
  await machine.run(switchOn);
  const heard: string[] = [];
  let rest = '';
  const program = await machine.start(
    'phone',
    `${machine.phoneProgram} ${PHONE_ADDRESS} ${TERMINAL_ADDRESS}`,
    {
      onBytes(bytes) {
        const lines = (rest + bytes.toString()).split('\n');
        rest = lines.pop() ?? '';
        heard.push(...lines);
      },
    },
  );
  const next = () =>
    until(() => {
      const line = heard.shift();
      if (line === undefined) throw new Error('the hostile phone hears nothing');
      return line;
    });
  const first = await next();
  if (first !== 'connected') throw new Error(`the hostile phone says ${first}`);
  return {
    say: (packet) => program.say(`${packet}\n`),
    async ask(packet) {
      program.say(`${packet}\n`);
      const answer = await next();
      transcript.note('phone', `sends ${packet}, is answered ${answer}`);
      return answer;
    },
    async isDropped() {
      await until(() => {
        if (!heard.includes('gone')) throw new Error('the hostile phone is still connected');
      });
      await program.ended;
      transcript.note('phone', 'is dropped');
    },
  };
}

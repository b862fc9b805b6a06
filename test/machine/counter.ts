import { mkdirSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import { stringify } from 'yaml';
import type { Rhythm } from '../../src/contract/device.ts';
import {
  DEMO_BRAND_ID,
  DEMO_CLIENT_ID,
  DEMO_CLIENT_SECRET,
  DEMO_LOCATION_ID,
  DEMO_VAT,
} from '../../src/simulator/demo.ts';
import { type Simulator, startSimulator } from '../../src/simulator/simulator.ts';
import { beaconTerminal } from '../cli/beacon-terminal.ts';
import { type Mosquitto, startMosquitto } from '../mqtt/mosquitto.ts';
import { type Observer, observe } from '../mqtt/observer.ts';
import { EpsonDisplay } from '../panel/epson-display.ts';
import { type AirEvent, createAirReader } from './air.ts';
import { type LineChange, rhythmOf, stripOf } from './lines-seen.ts';
import { bootMachine, type Machine, type MachineOptions, type Program } from './machine.ts';
import { createTranscript, type Transcript } from './transcript.ts';
import { until } from './until.ts';
import {
  type ButtonName,
  blockBluetooth,
  buttonLines,
  CHIP,
  displayPort,
  type GpioWiring,
  lightLines,
  listen,
  plugInBluetooth,
  plugInDisplay,
  plugInGpio,
  plugInRegister,
  whiteBoxPort,
} from './wiring.ts';

export const BEACON_ID = '123456789012345';
const TERMINAL_ID = 'till-9';
const root = `beacon/1/${TERMINAL_ID}`;
const SETTLED_MS = 150;
const CUSTOMER_SECONDS = 180;
const logFolder = fileURLToPath(new URL('../../.cache/machine/', import.meta.url));
const lightsOff = fileURLToPath(new URL('../../scripts/lights-off.sh', import.meta.url));
const executable = fileURLToPath(new URL('../../dist/main.js', import.meta.url));

/** How the terminal on the counter is configured. */
export const config = {
  terminal: { id: TERMINAL_ID },
  mqtt: { url: 'mqtt://127.0.0.1:1883' },
  mobilepay: {
    baseUrl: 'http://127.0.0.1:8081',
    clientId: DEMO_CLIENT_ID,
    merchantVat: DEMO_VAT,
  },
  pos: {
    merchantBrandId: DEMO_BRAND_ID,
    merchantLocationId: DEMO_LOCATION_ID,
    name: 'Kasse 9',
    beaconId: BEACON_ID,
  },
  beacon: { mode: 'two-way' },
  panel: {
    display: { driver: 'escpos', port: displayPort },
    lights: { driver: 'onoff', chip: CHIP, lines: lightLines },
    buttons: { driver: 'onoff', chip: CHIP, lines: buttonLines },
  },
  whiteBox: { port: whiteBoxPort },
  log: { level: 'debug' },
};

export type Rhythms = Record<keyof typeof lightLines, Rhythm>;

type Heard = Exclude<AirEvent, { kind: 'switch' }>;

/** A shop's counter: everything that stands on it is a virtual device of a real kernel. */
export interface Counter {
  machine: Machine;
  transcript: Transcript;
  broker: Mosquitto;
  mobilePay: Simulator;
  /** Of this computer, as the machine reaches them. */
  ports: Record<string, number>;
  register: Observer;
  /** What btmon recorded, of both controllers. */
  air: AirEvent[];
  bluetooth: {
    plugIn(): Promise<void>;
    tearOut(): Promise<void>;
    block(on: boolean): Promise<void>;
  };
  displayCable: { plugIn(): Promise<void>; pullOut(): Promise<void> };
  /** What the terminal answers on its white box's serial port. */
  askWhiteBox(question: string): Promise<string>;
  gpio(): GpioWiring;
  /** Makes the GPIO chip appear. */
  plugInGpio(): Promise<void>;
  /** Starts `beacon-terminal run`; resolves when its first line says that it is ready. */
  startTerminal(): Promise<void>;
  terminalLog(): string;
  /** SIGTERM, as systemd sends it; resolves when the process has ended, with exit code 0. */
  stopTerminal(): Promise<void>;
  /** The first that the phone's controller heard of this kind, when it has. */
  hears(kind: Heard['kind']): Promise<Heard>;
  /** Presses a button for as long as a finger does. */
  press(button: ButtonName): Promise<void>;
  /** `beacon-terminal pay` on the host; resolves with its exit code. */
  pay(amount: string, orderId: string, timeoutSeconds?: number): Promise<number | null>;
  /** A whole sale; resolves with how it stands at MobilePay in the end. */
  sell(orderId: string): Promise<string | undefined>;
  /** SIGKILL, and what the unit does after it (`ExecStopPost=`). */
  killTerminal(): Promise<void>;
  /** What the register was told on `event/NAME`, oldest first. */
  events(name: string): Record<string, unknown>[];
  /** Waits until the customer display reads so. */
  shows(...lines: string[]): Promise<void>;
  /** Waits until the lights blink so. */
  blinks(wanted: Rhythms): Promise<void>;
  /** What the register knows of the faults there are. */
  faults(): string[];
  close(): Promise<void>;
}

/**
 * @param story the headline of what the transcript tells
 * @param options `preload`: a file that Node loads into the terminal's processes first; `blank`: the
 *   terminal has no config and no secret yet
 */
export async function openCounter(
  story: string,
  options: MachineOptions & { controllers?: number; preload?: string; blank?: boolean } = {},
): Promise<Counter> {
  const { preload, blank = false, ...machineOptions } = options;
  const transcript = createTranscript(story);
  const broker = await startMosquitto();
  const mobilePay = await startSimulator({ host: '127.0.0.1', port: 0, pollDelayMs: 300 });
  const register = await observe(broker.url, 5);
  const ports = { 1883: broker.port, 8081: Number(new URL(mobilePay.url).port) };
  const machine = await bootMachine(ports, machineOptions).catch(async (error: unknown) => {
    await closeHost();
    throw error;
  });
  const kernel = (await machine.run('uname -sr')).trim();
  transcript.note('machine', `${kernel} has booted`);

  async function closeHost(): Promise<void> {
    await register.close();
    await mobilePay.close();
    await broker.destroy();
  }

  // ------------------------------------------------------------ the display

  let panel = new EpsonDisplay();
  let settling: NodeJS.Timeout | undefined;
  let noted = '';
  const lines = () => panel.lines.map((line) => line.trim());
  function onDisplayBytes(bytes: Buffer): void {
    panel.feed(bytes);
    clearTimeout(settling);
    settling = setTimeout(() => {
      const picture = panel.lines.map((line) => `│${line}│`).join(' ');
      if (picture !== noted) transcript.note('display', picture);
      noted = picture;
    }, SETTLED_MS);
  }

  // ------------------------------------------------------------ the lights

  const changes = new Map<string, LineChange[]>();
  let gpio: GpioWiring | undefined;
  function onLineChange(file: string, value: string | null, atMs: number): void {
    const seen = changes.get(file) ?? [];
    changes.set(file, seen);
    seen.push({ atMs, high: value === '1' });
  }

  // ------------------------------------------------------------ the register

  register.client.on('message', (topic, payload) => {
    const what = topic.startsWith(`${root}/`) ? topic.slice(root.length + 1) : topic;
    if (!what.startsWith('event/')) return;
    transcript.note('mqtt', `${what} ${wordsOf(what, JSON.parse(payload.toString()))}`);
  });

  async function pay(
    amount: string,
    orderId: string,
    timeoutSeconds = CUSTOMER_SECONDS,
  ): Promise<number | null> {
    transcript.note('register', `asks for ${amount}, order ${orderId}`);
    const address = ['--mqtt-url', broker.url, '--terminal', TERMINAL_ID];
    const order = ['--order', orderId, '--timeout', String(timeoutSeconds)];
    const { code } = await beaconTerminal(['pay', amount, ...order, ...address]);
    transcript.note('register', `order ${orderId}: exit code ${code}`);
    return code;
  }

  // ------------------------------------------------------------ the terminal

  const air: AirEvent[] = [];
  let torn: (() => Promise<void>) | undefined;
  let pulled: (() => Promise<void>) | undefined;
  let running: Program | undefined;
  let log = '';
  const logs: string[] = [];
  await listen(
    machine,
    createAirReader((event) => void air.push(event)),
  );
  const whiteBox = await plugInRegister(machine);
  const secrets = '/etc/beacon-terminal/secrets';
  const file = '/etc/beacon-terminal/config.yaml';
  const base64 = Buffer.from(stringify(config)).toString('base64');
  if (!blank) {
    await machine.run(`set -e
      install -d -m 700 ${secrets} /var/lib/beacon-terminal
      (umask 077; echo -n ${DEMO_CLIENT_SECRET} >${secrets}/mobilepay-client-secret)
      echo ${base64} | base64 -d >${file}`);
  }

  return {
    machine,
    transcript,
    broker,
    mobilePay,
    ports,
    register,
    air,
    bluetooth: {
      async plugIn() {
        ({ tearOut: torn } = await plugInBluetooth(machine, options.controllers));
        transcript.note('hands', 'plug in the Bluetooth adapters');
      },
      async tearOut() {
        transcript.note('hands', 'tear out the Bluetooth adapters');
        await torn?.();
      },
      async block(on) {
        transcript.note('hands', `rfkill ${on ? 'block' : 'unblock'} bluetooth`);
        await blockBluetooth(machine, on);
      },
    },
    displayCable: {
      async plugIn() {
        panel = new EpsonDisplay();
        ({ pullOut: pulled } = await plugInDisplay(machine, onDisplayBytes));
        transcript.note('hands', 'plug in the display');
      },
      async pullOut() {
        transcript.note('hands', 'pull out the display');
        await pulled?.();
        noted = '';
      },
    },
    async askWhiteBox(question) {
      const answer = await whiteBox.ask(question);
      transcript.note('register', `asks the white box ${question} and is answered ${answer}`);
      return answer;
    },
    async stopTerminal() {
      transcript.note('hands', 'SIGTERM to the terminal');
      running?.signal('SIGTERM');
      expect(await running?.ended).toEqual({ code: 0, signal: null });
      transcript.note('terminal', 'has ended with 0');
    },
    async hears(kind) {
      const heard = await until(() => {
        const first = air.find(
          (each): each is Heard => each.kind === kind && each.controller === 1,
        );
        if (first === undefined) throw new Error(`the phone hears no ${kind}`);
        return first;
      });
      transcript.note('phone', `hears ${heard.address}: ${kind} ${heard.data.toString('hex')}`);
      return heard;
    },
    async press(button) {
      transcript.note('hands', `press ${button}`);
      await gpio?.press(button);
      await machine.run('sleep 0.2');
      await gpio?.release(button);
    },
    pay,
    async sell(orderId) {
      const paid = pay('12.50', orderId);
      const payment = () => mobilePay.payments().find((each) => each.orderId === orderId);
      await until(() => expect(payment()).toBeDefined());
      mobilePay.phone.checkIn(BEACON_ID);
      mobilePay.phone.accept(BEACON_ID);
      expect(await paid).toBe(0);
      await until(() => expect(payment()?.status).toBe('Captured'));
      return payment()?.status;
    },
    async killTerminal() {
      transcript.note('hands', 'kill -9 the terminal');
      running?.signal('SIGKILL');
      await running?.ended;
      const lines = Object.values(lightLines).join(' ');
      await machine.run(`${lightsOff} ${CHIP} ${lines}`);
      transcript.note('machine', 'has run scripts/lights-off.sh');
    },
    events: (name) =>
      register.seen
        .filter(({ topic }) => topic === `${root}/event/${name}`)
        .map(({ json }) => json),
    gpio() {
      if (gpio === undefined) throw new Error('there is no GPIO chip');
      return gpio;
    },
    async plugInGpio() {
      gpio = await plugInGpio(machine);
      transcript.note('hands', `the GPIO chip ${CHIP} is there`);
      await machine.watch(gpio.lightFiles, onLineChange);
    },
    async startTerminal() {
      let printed = '';
      const environment = preload === undefined ? '' : `env NODE_OPTIONS=--require=${preload} `;
      log = '';
      const program = await machine.start('terminal', `${environment}${executable} run`, {
        onBytes(bytes, stream) {
          if (stream === 'stdout') printed += bytes.toString();
          else {
            log += bytes.toString();
            logs.push(bytes.toString().trimEnd());
          }
        },
      });
      running = program;
      const ended = program.ended.then(({ code, signal }) => {
        throw new Error(`the terminal ended with ${code ?? signal}:\n${log}`);
      });
      const ready = until(() => expect(printed).toContain('{"ready":true,'));
      await Promise.race([ready, ended]);
      ended.catch(() => {});
      transcript.note('terminal', 'is ready');
    },
    terminalLog: () => log,
    async shows(...wanted) {
      await until(() => expect(lines()).toEqual(wanted));
    },
    async blinks(wanted) {
      const names = Object.keys(lightLines) as (keyof Rhythms)[];
      await until(async () => {
        const nowMs = await machine.nowMs();
        const seen = names.map((name) => [name, rhythmOf(changes.get(name) ?? [], nowMs)]);
        expect(Object.fromEntries(seen)).toEqual(wanted);
        for (const name of names) {
          const strip = stripOf(changes.get(name) ?? [], nowMs);
          transcript.note('lights', `${name.padEnd(6)} ${strip} ${wanted[name]}`);
        }
      });
    },
    faults() {
      const state = register.seen.findLast(({ topic }) => topic === `${root}/state`);
      return state?.json?.faults ?? [];
    },
    async close() {
      const kept = join(logFolder, `${story.toLowerCase().replaceAll(' ', '-')}.log`);
      mkdirSync(logFolder, { recursive: true });
      writeFileSync(kept, logs.join('\n'));
      transcript.note('', `the terminal's own log: ${relative(process.cwd(), kept)}`);
      clearTimeout(settling);
      await machine.powerOff();
      await closeHost();
    },
  };
}

/** What matters of an event. */
function wordsOf(topic: string, event: Record<string, unknown>): string {
  switch (topic) {
    case 'event/fault':
      return `${event['code']} ${event['cleared'] === true ? 'has gone' : 'has come'}`;
    case 'event/payment':
      return `${event['orderId']} ${event['outcome']} (${event['platformStatus']})`;
    case 'event/button':
      return `${event['button']} ${event['action']}`;
    case 'event/checkin':
      return `via ${event['via']}${event['ble'] === null ? '' : ` ${JSON.stringify(event['ble'])}`}`;
    default:
      return JSON.stringify(event);
  }
}

// How long it takes from a change of state until the bytes are at the far end of the display's cable,
// and the line has its level: by the panel of the built product, and by serialport and onoff alone,
// taking turns. Prints one JSON object: milliseconds of each round.
// Usage: panel-figures.mjs ROUNDS CHIP GPIO-FOLDER PORT FAR-END BARE-PORT BARE-FAR-END
import { closeSync, constants, openSync, readFileSync } from 'node:fs';
import { setImmediate, setTimeout } from 'node:timers/promises';
import { ReadStream } from 'node:tty';
import { Gpio } from 'onoff';
import { pino } from 'pino';
import { SerialPort } from 'serialport';
import { createEscposDisplay } from '../../../dist/panel/escpos-display.js';
import { sysfsLine } from '../../../dist/panel/gpio-chip.js';
import { loadGpioLines } from '../../../dist/panel/gpio-lines.js';
import { createOnoffLights } from '../../../dist/panel/onoff-lights.js';
import { createPanel } from '../../../dist/panel/panel.js';

const [rounds, chip, gpioFolder, port, farEnd, barePort, bareFarEnd] = process.argv.slice(2);
const lines = { green: 17, yellow: 27, red: 22 };
const bareLine = 23;
const baudRate = 9600;
/** Rounds that are not counted. */
const WARM_UP = 40;
const logger = pino({ level: 'silent' });

const idle = {
  phase: 'idle',
  payment: null,
  checkedIn: false,
  takesCheckIns: true,
  invited: false,
  message: null,
  beaconId: '123456789012345',
  advertising: true,
  posName: 'Kasse 9',
  faults: [],
  setupProblem: null,
  identifying: false,
  mqttConnected: true,
  apiReachable: true,
};
const payment = {
  orderId: 'B1',
  amount: { currency: 'DKK', value: 1250 },
  outcome: 'pending',
  reason: null,
  atCustomer: false,
  awaitsAmount: false,
  refusal: null,
};
/** In the one the yellow light is dark, in the other it is lit. */
const views = [idle, { ...idle, phase: 'paying', payment }];

function openFarEnd(path) {
  const descriptor = openSync(path, constants.O_RDWR | constants.O_NOCTTY | constants.O_NONBLOCK);
  const stream = new ReadStream(descriptor);
  let received = Buffer.alloc(0);
  let told = () => {};
  stream.on('data', (bytes) => {
    received = Buffer.concat([received, bytes]);
    told();
  });
  return {
    take() {
      const taken = received;
      received = Buffer.alloc(0);
      return taken;
    },
    /** When so many bytes have come. */
    async until(length) {
      while (received.length < length) await new Promise((resolve) => (told = resolve));
      return performance.now();
    },
    close: () => closeSync(descriptor),
  };
}

async function levelIs(line, wanted) {
  const file = `${gpioFolder}/sim_gpio${line}/value`;
  while (readFileSync(file, 'latin1')[0] !== wanted) await setImmediate();
  return performance.now();
}

const display = createEscposDisplay({
  port,
  baudRate,
  model: 'epson',
  logger,
  reportFault() {},
  // Only what is measured comes along the cable.
  refreshMs: 3_600_000,
});
const gpio = await loadGpioLines('panel.lights.driver');
const lights = createOnoffLights({ gpio, chip, lines, report() {} });
const panel = createPanel({ display, lights, locale: 'da', logger });
const panelEnd = openFarEnd(farEnd);
const bareEnd = openFarEnd(bareFarEnd);
const bare = new SerialPort({ path: barePort, baudRate, autoOpen: false });
await new Promise((resolve) => bare.open(resolve));
const lamp = new Gpio(sysfsLine(chip, bareLine), 'low');

/** What the product writes for each view, learnt by letting it. */
const pictures = [];
for (const view of [...views, ...views]) {
  await setTimeout(1_000);
  panelEnd.take();
  panel.update(view);
  await setTimeout(1_000);
  pictures.push(panelEnd.take());
}
const written = pictures.slice(2);

const taken = { panel: { display: [], light: [] }, bare: { display: [], light: [] } };
for (let round = -WARM_UP; round < Number(rounds); round += 1) {
  const which = Math.abs(round) % 2;
  const level = `${which}`;
  for (const contender of ['panel', 'bare']) {
    // What came before is over and done with.
    await setTimeout(20);
    const end = contender === 'panel' ? panelEnd : bareEnd;
    end.take();
    const began = performance.now();
    if (contender === 'panel') {
      panel.update(views[which]);
    } else {
      lamp.writeSync(which);
      bare.write(written[which]);
    }
    const lit = levelIs(contender === 'panel' ? lines.yellow : bareLine, level);
    const shown = end.until(written[which].length);
    const times = { light: (await lit) - began, display: (await shown) - began };
    if (round < 0) continue;
    taken[contender].light.push(times.light);
    taken[contender].display.push(times.display);
  }
}
process.stdout.write(`${JSON.stringify(taken)}\n`, () => process.exit(0));

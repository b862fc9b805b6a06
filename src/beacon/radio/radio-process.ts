// The process that holds the Bluetooth adapter. It does what its parent says, and leaves the air
// when that is gone. bleno throws from callbacks, hangs and aborts: nothing else may live here.
import { createRequire } from 'node:module';
import type { Bleno } from './bleno-api.ts';
import type { BlenoRadio } from './bleno-radio.ts';
import { createBlenoRadio } from './bleno-radio.ts';
import { faultOfError } from './fault-of-error.ts';
import type { RadioFault, RadioOrder, RadioReport } from './radio-messages.ts';

const DETAIL_MAX = 2000;
let radio: BlenoRadio | undefined;

function report(message: RadioReport): void {
  if (process.connected) process.send?.(message);
}

function fail(fault: RadioFault, detail: string): void {
  radio?.close();
  const message: RadioReport = { kind: 'failed', fault, detail: detail.slice(0, DETAIL_MAX) };
  if (!process.connected || process.send === undefined) process.exit(1);
  process.send(message, () => process.exit(1));
}

function leave(): void {
  radio?.close();
  process.exit(0);
}

/** bleno reads its settings from the environment, some when it is loaded, and loads its adapter. */
function loadBleno(settings: Extract<RadioOrder, { kind: 'open' }>): Bleno {
  // The user channel is ours alone: nobody else can use the adapter meanwhile, and the kernel resets
  // it when this process ends, however it ends.
  process.env['HCI_CHANNEL_USER'] = '1';
  process.env['BLENO_HCI_DEVICE_ID'] = String(settings.hciDevice);
  process.env['BLENO_ADVERTISING_INTERVAL'] = String(settings.intervalMs);
  process.env['BLENO_DEVICE_NAME'] = settings.posName;
  return createRequire(import.meta.url)('@abandonware/bleno');
}

function open(settings: Extract<RadioOrder, { kind: 'open' }>): void {
  try {
    radio = createBlenoRadio(loadBleno(settings), settings, { report, fail });
  } catch (error) {
    const { fault, detail } = faultOfError(error);
    fail(fault, detail);
  }
}

process.on('message', (order: RadioOrder) => {
  switch (order.kind) {
    case 'open':
      return open(order);
    case 'advertise':
      return radio?.advertise(order);
    case 'silence':
      return radio?.silence();
    case 'phase':
      return radio?.setPhase(order.phase);
    case 'ping':
      return report({ kind: 'pong', id: order.id });
    case 'close':
      return leave();
  }
});
process.on('disconnect', leave);
process.on('SIGTERM', leave);
process.on('SIGINT', leave);

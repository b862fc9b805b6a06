import type { Logger } from 'pino';
import { createNoBeacon } from './beacon/no-beacon.ts';
import { createVirtualBeacon } from './beacon/virtual-beacon.ts';
import type { Config } from './config/schema.ts';
import type { VirtualDeviceChannel } from './contract/virtual-device.ts';
import type { DeviceFaults } from './device-faults.ts';
import { createIpcChannel } from './panel/ipc-channel.ts';
import { createNoButtons, createNoDisplay, createNoLights } from './panel/no-panel.ts';
import { createVirtualButtons } from './panel/virtual-buttons.ts';
import { createVirtualDisplay } from './panel/virtual-display.ts';
import { createVirtualLights } from './panel/virtual-lights.ts';
import type { Beacon, Buttons, Display, Lights } from './ports.ts';
import { TerminalError } from './terminal-error.ts';

/** What stands on the counter. */
export interface Devices {
  display: Display;
  lights: Lights;
  buttons: Buttons;
  beacon: Beacon;
}

/** What every driver may be given. */
export interface Surroundings {
  logger: Logger;
  faults: DeviceFaults;
}

/**
 * Chooses the drivers. What a driver alone needs is loaded only when it is chosen. A device that is
 * not there is a fault and no error: it may come.
 * @throws TerminalError `config-invalid` for a driver that cannot be used on this machine
 */
export async function openDevices(config: Config, surroundings: Surroundings): Promise<Devices> {
  const channel = createIpcChannel(process);
  return {
    display: await displayOf(config, channel, surroundings),
    lights: lightsOf(config, channel),
    buttons: buttonsOf(config, channel),
    beacon: await beaconOf(config, channel, surroundings),
  };
}

function notBuilt(key: string, driver: string): TerminalError {
  return new TerminalError(
    'config-invalid',
    `${key}: the driver ${driver} is not part of this version; use virtual or none`,
  );
}

async function displayOf(
  config: Config,
  channel: VirtualDeviceChannel,
  { logger, faults }: Surroundings,
): Promise<Display> {
  const { driver, port, baudRate, model } = config.panel.display;
  switch (driver) {
    case 'none':
      return createNoDisplay();
    case 'virtual':
      return createVirtualDisplay(channel);
    case 'escpos': {
      const { createEscposDisplay } = await import('./panel/escpos-display.ts');
      return createEscposDisplay({ port, baudRate, model, logger, reportFault: faults.reporter() });
    }
    case 'nextion':
    case 'character-lcd':
      throw notBuilt('panel.display.driver', driver);
  }
}

function lightsOf(config: Config, channel: VirtualDeviceChannel): Lights {
  const { driver } = config.panel.lights;
  if (driver === 'none') return createNoLights();
  if (driver === 'virtual') return createVirtualLights(channel);
  throw notBuilt('panel.lights.driver', driver);
}

function buttonsOf(config: Config, channel: VirtualDeviceChannel): Buttons {
  const { driver } = config.panel.buttons;
  if (driver === 'none') return createNoButtons();
  if (driver === 'virtual') return createVirtualButtons(channel);
  throw notBuilt('panel.buttons.driver', driver);
}

async function beaconOf(
  config: Config,
  channel: VirtualDeviceChannel,
  { logger, faults }: Surroundings,
): Promise<Beacon> {
  const { mode, driver, hciDevice, intervalMs, ...advert } = config.beacon;
  if (mode === 'off') return createNoBeacon();
  const posName = config.pos.name;
  switch (driver) {
    case 'virtual':
      return createVirtualBeacon(channel);
    case 'bleno': {
      const { createBlenoBeacon } = await import('./beacon/bleno-beacon.ts');
      const reportFault = faults.reporter();
      return createBlenoBeacon({
        mode,
        advert,
        hciDevice,
        intervalMs,
        posName,
        logger,
        reportFault,
      });
    }
  }
}

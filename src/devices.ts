import type { Logger } from 'pino';
import { createNoBeacon } from './beacon/no-beacon.ts';
import { createVirtualBeacon } from './beacon/virtual-beacon.ts';
import type { Config } from './config/resolve.ts';
import type { VirtualDeviceChannel } from './contract/virtual-device.ts';
import type { DeviceFaults } from './device-faults.ts';
import { createGpioReport } from './panel/gpio-fault.ts';
import { createIpcChannel } from './panel/ipc-channel.ts';
import { joinButtons } from './panel/joined-buttons.ts';
import { createNoButtons, createNoDisplay, createNoLights } from './panel/no-panel.ts';
import { createVirtualButtons } from './panel/virtual-buttons.ts';
import { createVirtualDisplay } from './panel/virtual-display.ts';
import { createVirtualLights } from './panel/virtual-lights.ts';
import type { Beacon, Buttons, Display, Lights } from './ports.ts';
import type { WhiteBox } from './white-box/white-box.ts';

/** What stands on the counter. */
export interface Devices {
  display: Display;
  lights: Lights;
  buttons: Buttons;
  beacon: Beacon;
  /** Null unless the config names its port. */
  whiteBox: WhiteBox | null;
}

/** What every driver may be given. */
export interface Surroundings {
  logger: Logger;
  faults: DeviceFaults;
  /** Told of each start of the radio's process. */
  onRadioStart?: (() => void) | undefined;
}

/**
 * Chooses the drivers. What a driver alone needs is loaded only when it is chosen. A device that is
 * not there is a fault and no error: it may come.
 * @throws TerminalError `config-invalid` for a driver that cannot be used on this machine
 */
export async function openDevices(config: Config, surroundings: Surroundings): Promise<Devices> {
  const channel = createIpcChannel(process);
  const { display, touch } = await displayOf(config, channel, surroundings);
  const keys = await buttonsOf(config, channel, surroundings);
  return {
    display,
    lights: await lightsOf(config, channel, surroundings),
    buttons: touch === undefined ? keys : joinButtons(keys, touch),
    beacon: await beaconOf(config, channel, surroundings),
    whiteBox: await whiteBoxOf(config, surroundings),
  };
}

async function displayOf(
  config: Config,
  channel: VirtualDeviceChannel,
  { logger, faults }: Surroundings,
): Promise<{ display: Display; touch?: Buttons }> {
  const { driver, port, baudRate, model } = config.panel.display;
  switch (driver) {
    case 'none':
      return { display: createNoDisplay() };
    case 'virtual':
      return { display: createVirtualDisplay(channel) };
    case 'escpos': {
      const { createEscposDisplay } = await import('./panel/escpos-display.ts');
      const reportFault = faults.reporter();
      return { display: createEscposDisplay({ port, baudRate, model, logger, reportFault }) };
    }
    case 'character-lcd': {
      const { createCharacterLcdDisplay } = await import('./panel/character-lcd-display.ts');
      const reportFault = faults.reporter();
      return { display: createCharacterLcdDisplay({ device: port, logger, reportFault }) };
    }
    case 'nextion': {
      const { createNextionDisplay } = await import('./panel/nextion-display.ts');
      const reportFault = faults.reporter();
      const { display, buttons } = createNextionDisplay({ port, baudRate, logger, reportFault });
      return { display, touch: buttons };
    }
  }
}

async function lightsOf(
  config: Config,
  channel: VirtualDeviceChannel,
  { logger, faults }: Surroundings,
): Promise<Lights> {
  const { driver, chip, lines, leds } = config.panel.lights;
  switch (driver) {
    case 'none':
      return createNoLights();
    case 'virtual':
      return createVirtualLights(channel);
    case 'onoff': {
      const { createOnoffLights } = await import('./panel/onoff-lights.ts');
      const { loadGpioLines } = await import('./panel/gpio-lines.ts');
      const gpio = await loadGpioLines('panel.lights.driver');
      const report = createGpioReport(faults.reporter(), logger);
      return createOnoffLights({ gpio, chip, lines, report });
    }
    case 'led-class': {
      const { createLedClassLights } = await import('./panel/led-class-lights.ts');
      return createLedClassLights({ leds, report: createGpioReport(faults.reporter(), logger) });
    }
  }
}

async function buttonsOf(
  config: Config,
  channel: VirtualDeviceChannel,
  { logger, faults }: Surroundings,
): Promise<Buttons> {
  const { driver, chip, lines, activeLow } = config.panel.buttons;
  switch (driver) {
    case 'none':
      return createNoButtons();
    case 'virtual':
      return createVirtualButtons(channel);
    case 'onoff': {
      const { createOnoffButtons } = await import('./panel/onoff-buttons.ts');
      const { loadGpioLines } = await import('./panel/gpio-lines.ts');
      const gpio = await loadGpioLines('panel.buttons.driver');
      const report = createGpioReport(faults.reporter(), logger);
      return createOnoffButtons({ gpio, chip, lines, activeLow, report });
    }
  }
}

async function beaconOf(
  config: Config,
  channel: VirtualDeviceChannel,
  { logger, faults, onRadioStart }: Surroundings,
): Promise<Beacon> {
  const { mode, driver, hciDevice, intervalMs, ...advert } = config.beacon;
  if (mode === 'off') return createNoBeacon();
  const posName = config.pos.name;
  switch (driver) {
    case 'virtual':
      return createVirtualBeacon(channel, { mode, posName });
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
        onStart: onRadioStart,
      });
    }
  }
}

async function whiteBoxOf(config: Config, surroundings: Surroundings): Promise<WhiteBox | null> {
  const { port } = config.whiteBox;
  if (port === undefined) return null;
  const { createWhiteBox } = await import('./white-box/white-box.ts');
  const { logger, faults } = surroundings;
  return createWhiteBox({ port, logger, reportFault: faults.reporter() });
}

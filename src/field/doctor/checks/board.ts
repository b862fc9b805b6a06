import { join } from 'node:path';
import { failed, ok, skipped, warning } from '../finding.ts';
import { kernelText, namesIn } from '../kernel-files.ts';
import type { Check } from '../patient.ts';

/** A Pi slows down from 80 °C on. */
const TOO_HOT = 80;
const HOT = 70;
const COOL = 'Give it air: take it out of the cupboard, or add a heat sink or a fan.';

export const temperature: Check = {
  name: 'temperature',
  look({ world: { sysDir } }) {
    const zones = namesIn(join(sysDir, 'class/thermal')).filter((name) =>
      /^thermal_zone/.test(name),
    );
    const degrees = zones
      .map((zone) => Number(kernelText(join(sysDir, 'class/thermal', zone, 'temp')) ?? Number.NaN))
      .filter((thousandths) => !Number.isNaN(thousandths))
      .map((thousandths) => thousandths / 1000);
    if (degrees.length === 0) return skipped('this machine does not tell its temperature');
    const hottest = Math.max(...degrees);
    const seen = `${hottest.toFixed(0)} °C`;
    if (hottest >= TOO_HOT) return failed(`${seen}: the processor slows down`, COOL);
    return hottest >= HOT ? warning(seen, COOL) : ok(seen);
  },
};

/** The firmware's get_throttled: what is now, and, 16 bits higher, what was since the boot. */
const UNDER_VOLTAGE_NOW = 1 << 0;
const UNDER_VOLTAGE_SINCE_BOOT = 1 << 16;
const SUPPLY =
  'Use the power supply made for this board, and a short, thick cable; take hungry USB devices off.';

/** The rpi_volt sensor's alarm; undefined where there is none. */
function alarmOf(sysDir: string): boolean | undefined {
  const hwmon = join(sysDir, 'class/hwmon');
  const sensor = namesIn(hwmon).find(
    (name) => kernelText(join(hwmon, name, 'name')) === 'rpi_volt',
  );
  return sensor === undefined
    ? undefined
    : kernelText(join(hwmon, sensor, 'in0_lcrit_alarm')) === '1';
}

/** Whether the board gets enough voltage. */
export const power: Check = {
  name: 'power',
  look({ world: { sysDir } }) {
    const firmware = join(sysDir, 'devices/platform/soc/soc:firmware/get_throttled');
    const text = kernelText(firmware);
    const bits = text === undefined ? undefined : Number.parseInt(text, 16);
    const alarm = alarmOf(sysDir);
    if (bits === undefined && alarm === undefined) {
      return skipped('this machine does not tell its voltage');
    }
    if (alarm || ((bits ?? 0) & UNDER_VOLTAGE_NOW) !== 0) {
      return failed('under-voltage now: payments and the card are at risk', SUPPLY);
    }
    if (((bits ?? 0) & UNDER_VOLTAGE_SINCE_BOOT) !== 0) {
      return warning('there was under-voltage since the boot', SUPPLY);
    }
    return ok('no under-voltage since the boot');
  },
};

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Config } from '../../../config/resolve.ts';
import { faultRemedies } from '../../../contract/fault-remedies.ts';
import { GpioMissing, sysfsLine } from '../../../panel/gpio-chip.ts';
import type { Finding } from '../finding.ts';
import { failed, ok, skipped, warning } from '../finding.ts';
import { terminalCheck } from '../patient.ts';
import { subjectOf } from '../rights.ts';

type Panel = Config['panel'];

/** Every line that lights and buttons are wired to. */
function linesOf({ lights, buttons }: Panel): { chip: string; line: number }[] {
  const of = (part: Panel['lights'] | Panel['buttons']) =>
    part.driver === 'onoff'
      ? Object.values(part.lines)
          .filter((line) => line !== undefined)
          .map((line) => ({ chip: part.chip, line }))
      : [];
  return [...of(lights), ...of(buttons)];
}

function ledsOf({ lights }: Panel): string[] {
  return lights.driver === 'led-class' ? Object.values(lights.leds) : [];
}

function missingLines(panel: Panel, sysDir: string): string | null {
  try {
    for (const { chip, line } of linesOf(panel)) sysfsLine(chip, line, join(sysDir, 'class/gpio'));
    return null;
  } catch (error) {
    if (error instanceof GpioMissing) return error.message;
    throw error;
  }
}

/** Whether the board has the lines and lamps that are configured. */
export const gpioChip = terminalCheck({
  name: 'gpio-chip',
  look({ config: { panel } }, { sysDir }): Finding {
    const lines = linesOf(panel);
    const leds = ledsOf(panel);
    if (lines.length + leds.length === 0) return skipped('neither lights nor buttons use GPIO');
    const missing = missingLines(panel, sysDir);
    if (missing !== null) return failed(missing, faultRemedies['gpio-missing'], 'gpio-missing');
    const dark = leds.filter((led) => !existsSync(join(sysDir, 'class/leds', led, 'brightness')));
    if (dark.length > 0) {
      return failed(
        `there is no lamp ${dark.join(', ')} in ${sysDir}/class/leds`,
        'Copy the overlay of this board from hardware/ into /boot/firmware/config.txt, and restart.',
        'gpio-missing',
      );
    }
    const chips = [...new Set(lines.map(({ chip }) => chip))].map((chip) => {
      const own = lines.filter((each) => each.chip === chip).map(({ line }) => line);
      return `${chip}: lines ${own.join(', ')}`;
    });
    return ok([...chips, ...(leds.length === 0 ? [] : [`lamps ${leds.join(', ')}`])].join('; '));
  },
});

/** Whether the service may use them. */
export const gpioPermission = terminalCheck({
  name: 'gpio-permission',
  needs: ['gpio-chip'],
  async look(terminal, world): Promise<Finding> {
    const { panel } = terminal.config;
    const { sysDir } = world;
    const files = [
      ...(linesOf(panel).length === 0 ? [] : [join(sysDir, 'class/gpio/export')]),
      ...ledsOf(panel).flatMap((led) =>
        ['brightness', 'trigger'].map((file) => join(sysDir, 'class/leds', led, file)),
      ),
    ];
    const subject = subjectOf(await terminal.service(), world);
    const locked = files.filter((file) => !subject.mayWrite(file));
    if (locked.length === 0) return ok(`${subject.who} may write to ${files.length} files there`);
    const seen = `${subject.who} may not write to ${locked.join(', ')}`;
    const remedy =
      'Put the user of the service into the group gpio, and install hardware/60-beacon-terminal.rules.';
    return subject.isService ? failed(seen, remedy, 'no-permission') : warning(seen, remedy);
  },
});

import type { Logger } from 'pino';
import type { DisplayContent } from '../contract/device.ts';
import type { Display, ReportFault } from '../ports.ts';
import { codePage } from './code-page.ts';
import type { EscposModel } from './escpos-models.ts';
import { escposTables } from './escpos-models.ts';
import { createSerialDisplay } from './serial-display.ts';
import { COLUMNS, twoLines } from './two-lines.ts';

const ESC = 0x1b;
const US = 0x1f;
const initialise = [ESC, 0x40];
const clear = [0x0c];
/** US MD1: after column 20 of the lower line the cursor goes home, and nothing ever scrolls. */
const overwrite = [US, 0x01];
const noCursor = [US, 0x43, 0];
const noNationalSet = [ESC, 0x52, 0];
const selectTable = (selector: number) => [ESC, 0x74, selector];
/** US $ x y, counted from 1. */
const moveTo = (column: number, row: number) => [US, 0x24, column, row];

/**
 * A picture in Epson's ESC/POS display commands, in full: a display that was reset in between shows
 * it just as well.
 */
export function escposPicture(content: DisplayContent, model: EscposModel): Uint8Array {
  const { codePage: name, selector } = escposTables[model];
  const page = codePage(name);
  const [upper, lower] = twoLines(content, page.spell);
  return Buffer.of(
    ...overwrite,
    ...noCursor,
    ...noNationalSet,
    ...selectTable(selector),
    ...moveTo(1, 1),
    ...page.encode(upper).slice(0, COLUMNS),
    ...moveTo(1, 2),
    ...page.encode(lower).slice(0, COLUMNS),
  );
}

/** A customer display of 2 x 20 characters at a serial port, with Epson's commands. */
export function createEscposDisplay(options: {
  port: string;
  baudRate: number;
  model: EscposModel;
  logger: Logger;
  reportFault: ReportFault;
  refreshMs?: number;
}): Display {
  return createSerialDisplay({
    ...options,
    hello: Uint8Array.from([...initialise, ...clear]),
    draw: (content) => escposPicture(content, options.model),
  });
}

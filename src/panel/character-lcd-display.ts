import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import type { Logger } from 'pino';
import type { DisplayContent } from '../contract/device.ts';
import type { Display, ReportFault } from '../ports.ts';
import { spellWith } from './code-page.ts';
import { lcdGlyphs, romA00 } from './lcd-glyphs.ts';
import { COLUMNS, twoLines } from './two-lines.ts';

/** The kernel gives no notice of a display that comes back; it is drawn anew this often. */
const REFRESH_MS = 10_000;
const GLYPHS_AT_ONCE = 8;

const lcdCode = (code: string) => `\u001b[L${code}`;

/** ASCII but for the two characters in whose place ROM A00 has others. */
const isAscii = (character: string) => /^[ -[\]-}]$/.test(character);

/**
 * A picture for the kernel's charlcd driver (drivers/auxdisplay/charlcd.c), whose escape codes begin
 * with ESC [ L: cursor off, no blinking, characters of our own, and each line from its first column.
 */
export function lcdPicture(content: DisplayContent): Uint8Array {
  const glyphs: string[] = [];
  // The amount first: what cannot be drawn any more is written without its accent.
  for (const character of `${content.amount ?? ''}${content.title}${content.detail}`.normalize()) {
    if (glyphs.length === GLYPHS_AT_ONCE) break;
    if (lcdGlyphs[character] && !glyphs.includes(character)) glyphs.push(character);
  }
  const has = (character: string) =>
    isAscii(character) || romA00[character] !== undefined || glyphs.includes(character);
  const code = (character: string) =>
    romA00[character] ?? (glyphs.includes(character) ? glyphs.indexOf(character) : undefined);
  const definitions = glyphs.map((character, index) => {
    const rows = (lcdGlyphs[character] ?? []).map((row) => row.toString(16).padStart(2, '0'));
    return `${lcdCode(`G${index}${rows.join('')}`)};`;
  });
  const lines = twoLines(content, (text) => spellWith(text, has)).map((line, row) => [
    ...Buffer.from(lcdCode(`x0y${row};`)),
    ...[...line].slice(0, COLUMNS).map((character) => code(character) ?? character.charCodeAt(0)),
  ]);
  const settings = [lcdCode('D'), lcdCode('c'), lcdCode('b'), ...definitions].join('');
  return Uint8Array.from([...Buffer.from(settings), ...lines.flat()]);
}

/** A character LCD (HD44780) behind the kernel's driver, `/dev/lcd`. */
export function createCharacterLcdDisplay(options: {
  device: string;
  logger: Logger;
  reportFault: ReportFault;
  refreshMs?: number;
}): Display {
  const { device, logger, reportFault, refreshMs = REFRESH_MS } = options;
  let wanted: DisplayContent | undefined;
  let working: boolean | undefined;
  let drawing: Promise<void> | undefined;
  let closed = false;
  const refresh = setInterval(() => void draw(), refreshMs);
  refresh.unref();

  /** One at a time: the device may be opened only once. */
  function draw(): Promise<void> {
    drawing = (drawing ?? Promise.resolve()).then(write);
    return drawing;
  }

  async function write(): Promise<void> {
    if (wanted === undefined) return;
    try {
      // Not O_CREAT: a display that is away must not become a plain file.
      const file = await open(device, constants.O_WRONLY | constants.O_NOCTTY);
      try {
        await file.write(lcdPicture(wanted));
      } finally {
        await file.close();
      }
      report(undefined);
    } catch (error) {
      report(error as NodeJS.ErrnoException);
    }
  }

  function report(error: NodeJS.ErrnoException | undefined): void {
    const forbidden = error?.code === 'EACCES' || error?.code === 'EPERM';
    reportFault('no-permission', forbidden);
    reportFault('display-unreachable', error !== undefined && !forbidden);
    if (working === (error === undefined)) return;
    working = error === undefined;
    if (working) logger.info({ device }, 'the display is there');
    else logger.warn({ device, err: error }, 'the display cannot be used; it is tried again');
  }

  return {
    async show(content) {
      if (closed) return;
      wanted = structuredClone(content);
      await draw();
    },
    async close() {
      closed = true;
      clearInterval(refresh);
      await drawing;
    },
  };
}

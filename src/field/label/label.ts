import type { PathCommand } from 'opentype.js';
import qrcode from 'qrcode';
import { qrText } from '../../panel/qr-text.ts';
import { TerminalError } from '../../terminal-error.ts';
import type { LabelSize } from './label-size.ts';
import { CAP_HEIGHT, outlinesOf, widthOf } from './letters.ts';

export interface LabelTexts {
  beaconId: string;
  /** What the customer reads in the app. */
  name: string;
  /** The device's; null: unknown. */
  serialNumber: string | null;
}

/** What is black on a label. Millimetres from its upper left corner. */
export interface Label extends LabelSize {
  title: string;
  qr: {
    x: number;
    y: number;
    /** Side of a module. */
    moduleMm: number;
    /** Row by row, true where it is dark; without the quiet zone. */
    dark: boolean[][];
  };
  letters: PathCommand[];
}

/** White around a QR code, in modules (ISO/IEC 18004). */
const QUIET_ZONE = 4;
/** What phones still read from a counter in a dim shop. */
const SMALLEST_MODULE_MM = 0.35;
const MARGIN_MM = 2;
const LARGEST_TEXT_MM = 10;
const SMALLEST_TEXT_MM = 1.2;
const LINE_SPACING = 1.45;
/** Ids against the name. */
const SMALL = 0.62;

interface Line {
  text: string;
  /** Of the font, in millimetres. */
  size: number;
}

/**
 * Lays a label out: the QR code as large as it can be, beside it or below it name, beacon id and
 * serial number.
 * @throws TerminalError `usage` for a label too small to be read
 */
export function layOutLabel(texts: LabelTexts, { widthMm, heightMm }: LabelSize): Label {
  const dark = modulesOf(qrText(texts.beaconId));
  const modules = dark.length + 2 * QUIET_ZONE;
  const isWide = widthMm > heightMm * 1.2;
  // Below a code in a square, the text needs a quarter of it.
  const side = isWide ? Math.min(heightMm, widthMm * 0.55) : Math.min(widthMm, heightMm * 0.76);
  const moduleMm = side / modules;
  if (moduleMm < SMALLEST_MODULE_MM) {
    const least = Math.ceil(modules * SMALLEST_MODULE_MM);
    throw new TerminalError(
      'usage',
      `A label of ${widthMm} x ${heightMm} mm is too small: this QR code needs ${least} mm each way, and text beside or below it.`,
    );
  }
  const quiet = QUIET_ZONE * moduleMm;
  const corner = isWide ? { x: 0, y: (heightMm - side) / 2 } : { x: (widthMm - side) / 2, y: 0 };
  const box = isWide
    ? { x: side, y: MARGIN_MM, width: widthMm - side - MARGIN_MM, height: heightMm - 2 * MARGIN_MM }
    : {
        x: MARGIN_MM,
        y: side - quiet / 2,
        width: widthMm - 2 * MARGIN_MM,
        height: heightMm - side + quiet / 2 - MARGIN_MM,
      };
  return {
    widthMm,
    heightMm,
    title: `${texts.name}, ${texts.beaconId}`,
    qr: { x: corner.x + quiet, y: corner.y + quiet, moduleMm, dark },
    letters: letterInto(box, texts, isWide ? 'left' : 'centre'),
  };
}

/** Level M mends 15 %: a counter is wiped and scratched. */
function modulesOf(text: string): boolean[][] {
  const { size, data } = qrcode.create(text, { errorCorrectionLevel: 'M' }).modules;
  return Array.from({ length: size }, (_, row) =>
    Array.from({ length: size }, (_, column) => data[row * size + column] === 1),
  );
}

interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
}

/** Broken at the space nearest to the middle, if there is one. */
function atSpace(name: string): string[] {
  const distance = (at: number) => Math.abs(at - name.length / 2);
  const [at] = [...name.matchAll(/ /g)]
    .map(({ index }) => index)
    .sort((one, other) => distance(one) - distance(other));
  return at === undefined ? [name] : [name.slice(0, at), name.slice(at + 1)];
}

function inTheMiddle(name: string): string[] {
  const middle = Math.ceil(name.length / 2);
  return [name.slice(0, middle), name.slice(middle)];
}

/** The name in so many lines, and the ids below it, each as large as they fit. */
function arranged(box: Box, names: readonly string[], ids: readonly string[]): Line[] {
  const rows = (names.length + ids.length * SMALL) * LINE_SPACING;
  const largest = Math.min(LARGEST_TEXT_MM, box.height / rows);
  const fitting = (lines: readonly string[], wanted: number) =>
    Math.min(wanted, ...lines.map((text) => box.width / widthOf(text)));
  const nameSize = fitting(names, largest);
  const idSize = fitting(ids, largest * SMALL);
  return [
    ...names.map((text) => ({ text, size: nameSize })),
    ...ids.map((text) => ({ text, size: idSize })),
  ];
}

const smallestOf = (lines: readonly Line[]) => Math.min(...lines.map(({ size }) => size));

function linesFor(box: Box, { name, beaconId, serialNumber }: LabelTexts): Line[] {
  // A GUID in one line would be too small to be typed off.
  const id = beaconId.length > 20 ? [beaconId.slice(0, 19), beaconId.slice(19)] : [beaconId];
  const ids = [
    ...id.map((text, index) => (index === 0 ? `ID ${text}` : text)),
    ...(serialNumber === null ? [] : [`SN ${serialNumber}`]),
  ];
  const whole = arranged(box, [name], ids);
  const broken = arranged(box, atSpace(name), ids);
  const better = (broken[0]?.size ?? 0) > (whole[0]?.size ?? 0) ? broken : whole;
  const lines =
    smallestOf(better) < SMALLEST_TEXT_MM ? arranged(box, inTheMiddle(name), ids) : better;
  if (smallestOf(lines) < SMALLEST_TEXT_MM) {
    throw new TerminalError('usage', 'There is no room for the text: take a larger label.');
  }
  return lines;
}

function letterInto(box: Box, texts: LabelTexts, align: 'left' | 'centre'): PathCommand[] {
  const lines = linesFor(box, texts);
  const total = lines.reduce((sum, { size }) => sum + size * LINE_SPACING, 0);
  let top = box.y + (box.height - total) / 2;
  return lines.flatMap(({ text, size }) => {
    const room = size * LINE_SPACING;
    const y = top + room / 2 + (size * CAP_HEIGHT) / 2;
    const x = align === 'left' ? box.x : box.x + (box.width - widthOf(text) * size) / 2;
    top += room;
    return outlinesOf(text, { x, y, size });
  });
}

/** Dark modules that lie side by side, as one stroke. In modules. */
export function* strokesOf(dark: readonly boolean[][]) {
  for (const [row, modules] of dark.entries()) {
    let from = 0;
    while (from < modules.length) {
      const column = modules.indexOf(true, from);
      if (column === -1) break;
      const light = modules.indexOf(false, column);
      const end = light === -1 ? modules.length : light;
      yield { row, column, length: end - column };
      from = end;
    }
  }
}

import { crc32 } from 'node:zlib';
import type { PathCommand } from 'opentype.js';
import { PNG } from 'pngjs';
import type { Label } from './label.ts';
import { strokesOf } from './label.ts';

const MM_PER_INCH = 25.4;
/** Signature and IHDR. */
const HEAD_BYTES = 33;
/** Straight pieces of a curve: shorter than a dot of the printer in every letter. */
const PIECES = 8;

interface Point {
  x: number;
  y: number;
}

/** The label in the dots of a printer: black or white, since thermal printers know nothing else. */
export function pngLabel(label: Label, dpi: number): Buffer {
  const dots = dpi / MM_PER_INCH;
  const width = Math.round(label.widthMm * dots);
  const height = Math.round(label.heightMm * dots);
  const data = Buffer.alloc(width * height, 255);
  const blacken = (y: number, from: number, to: number) => {
    if (y >= 0 && y < height)
      data.fill(0, y * width + Math.max(0, from), y * width + Math.min(width, to));
  };
  drawCode(label, dots, blacken);
  fillOutlines(contoursOf(label.letters, dots), height, blacken);
  const options = { colorType: 0, inputColorType: 0, bitDepth: 8, inputHasAlpha: false } as const;
  return withResolution(PNG.sync.write({ width, height, data }, options), dpi);
}

type Blacken = (y: number, from: number, to: number) => void;

/** Every module is as many whole dots wide as every other. */
function drawCode({ qr }: Label, dots: number, blacken: Blacken): void {
  const { dark, moduleMm } = qr;
  const module = Math.max(1, Math.floor(moduleMm * dots));
  const spare = (dark.length * (moduleMm * dots - module)) / 2;
  const left = Math.round(qr.x * dots + spare);
  const top = Math.round(qr.y * dots + spare);
  for (const { row, column, length } of strokesOf(dark)) {
    for (let y = 0; y < module; y += 1) {
      blacken(top + row * module + y, left + column * module, left + (column + length) * module);
    }
  }
}

/** The outlines as closed lines of straight pieces, in dots. */
function contoursOf(commands: readonly PathCommand[], dots: number): Point[][] {
  const contours: Point[][] = [];
  let current: Point[] = [];
  for (const command of commands) {
    if (command.type === 'Z') continue;
    if (command.type === 'M') {
      current = [];
      contours.push(current);
    }
    const from = current.at(-1);
    const to = { x: command.x * dots, y: command.y * dots };
    if (from === undefined || !('x1' in command)) {
      current.push(to);
      continue;
    }
    const [first, second] = controlsOf(command, from, dots);
    for (let piece = 1; piece <= PIECES; piece += 1) {
      current.push(onCurve([from, first, second, to], piece / PIECES));
    }
  }
  return contours;
}

function controlsOf(
  command: Extract<PathCommand, { type: 'Q' | 'C' }>,
  from: Point,
  dots: number,
): [Point, Point] {
  const first = { x: command.x1 * dots, y: command.y1 * dots };
  if (command.type === 'C') return [first, { x: command.x2 * dots, y: command.y2 * dots }];
  const towards = (end: Point): Point => ({
    x: end.x + (2 / 3) * (first.x - end.x),
    y: end.y + (2 / 3) * (first.y - end.y),
  });
  return [towards(from), towards({ x: command.x * dots, y: command.y * dots })];
}

function onCurve([a, b, c, d]: [Point, Point, Point, Point], t: number): Point {
  const u = 1 - t;
  const at = (axis: 'x' | 'y') =>
    u ** 3 * a[axis] + 3 * u * u * t * b[axis] + 3 * u * t * t * c[axis] + t ** 3 * d[axis];
  return { x: at('x'), y: at('y') };
}

/** Where an outline crosses a row of dots, and which way: 1 downwards. */
interface Crossing {
  y: number;
  x: number;
  turn: 1 | -1;
}

/** Where the line between two points crosses the middles of rows. */
function* crossingsOf(from: Point, to: Point, height: number): Generator<Crossing> {
  const [upper, lower, turn] = from.y < to.y ? [from, to, 1 as const] : [to, from, -1 as const];
  const end = Math.min(height, Math.ceil(lower.y - 0.5));
  for (let y = Math.max(0, Math.ceil(upper.y - 0.5)); y < end; y += 1) {
    const x = upper.x + ((y + 0.5 - upper.y) * (lower.x - upper.x)) / (lower.y - upper.y);
    yield { y, x, turn };
  }
}

/** Black is every dot whose middle the outlines go round: the rule of winding numbers that fonts have. */
function fillOutlines(contours: readonly Point[][], height: number, blacken: Blacken): void {
  const rows = Array.from({ length: height }, (): Crossing[] => []);
  for (const contour of contours) {
    for (const [index, from] of contour.entries()) {
      const to = contour[(index + 1) % contour.length] ?? from;
      for (const crossing of crossingsOf(from, to, height)) rows[crossing.y]?.push(crossing);
    }
  }
  for (const row of rows) fillRow(row, blacken);
}

function fillRow(row: readonly Crossing[], blacken: Blacken): void {
  let winding = 0;
  let begin = 0;
  for (const { y, x, turn } of row.toSorted((one, other) => one.x - other.x)) {
    if (winding === 0) begin = x;
    winding += turn;
    if (winding === 0) blacken(y, Math.round(begin), Math.round(x));
  }
}

/** How large a dot is, for whoever prints it: a pHYs chunk (PNG 11.3.5.3), which pngjs does not write. */
function withResolution(png: Buffer, dpi: number): Buffer {
  const perMetre = Math.round((dpi / MM_PER_INCH) * 1000);
  const chunk = Buffer.alloc(21);
  chunk.writeUInt32BE(9, 0);
  chunk.write('pHYs', 4, 'latin1');
  chunk.writeUInt32BE(perMetre, 8);
  chunk.writeUInt32BE(perMetre, 12);
  chunk.writeUInt8(1, 16);
  chunk.writeUInt32BE(crc32(chunk.subarray(4, 17)), 17);
  return Buffer.concat([png.subarray(0, HEAD_BYTES), chunk, png.subarray(HEAD_BYTES)]);
}

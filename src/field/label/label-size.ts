import { TerminalError } from '../../terminal-error.ts';

export interface LabelSize {
  widthMm: number;
  heightMm: number;
}

/** Rolls and sheets that are sold everywhere, by what they are for. */
export const labelSizes = {
  /** Brother DK-11209, on the device. */
  '62x29': { widthMm: 62, heightMm: 29 },
  /** Dymo 11354 and most thermal printers, on the device. */
  '57x32': { widthMm: 57, heightMm: 32 },
  /** On the counter. */
  '50x50': { widthMm: 50, heightMm: 50 },
  /** Brother DK-11202 across, for a stand. */
  '100x62': { widthMm: 100, heightMm: 62 },
  /** A sixth of a sheet of A6 for a frame. */
  '70x105': { widthMm: 70, heightMm: 105 },
} as const satisfies Record<string, LabelSize>;

const SMALLEST_MM = 20;
const LARGEST_MM = 300;

/**
 * A size in millimetres, as `62x29`.
 * @throws TerminalError `usage`
 */
export function labelSizeOf(text: string): LabelSize {
  const [, width, height] = /^(\d{1,3}(?:\.\d)?)x(\d{1,3}(?:\.\d)?)$/.exec(text) ?? [];
  const size = { widthMm: Number(width), heightMm: Number(height) };
  const fits = Object.values(size).every((mm) => mm >= SMALLEST_MM && mm <= LARGEST_MM);
  if (!fits) {
    throw new TerminalError(
      'usage',
      `--size is WIDTHxHEIGHT in millimetres, ${SMALLEST_MM} to ${LARGEST_MM} each, such as ${Object.keys(labelSizes).join(', ')}; not ${text}`,
    );
  }
  return size;
}

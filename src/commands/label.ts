import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { configInForce } from '../config/in-force.ts';
import type { Config } from '../config/resolve.ts';
import { noteValue } from '../engine/terminal-notes.ts';
import { isBeaconId } from '../engine/wanted-pos.ts';
import { exitCodes } from '../exit-codes.ts';
import { kernelText } from '../field/doctor/kernel-files.ts';
import { layOutLabel } from '../field/label/label.ts';
import { labelSizeOf } from '../field/label/label-size.ts';
import { ndefMessage } from '../field/label/ndef-message.ts';
import { pdfLabel } from '../field/label/pdf-label.ts';
import { pngLabel } from '../field/label/png-label.ts';
import { svgLabel } from '../field/label/svg-label.ts';
import { openJournalReader } from '../journal/journal-reader.ts';
import { qrText } from '../panel/qr-text.ts';
import { TerminalError } from '../terminal-error.ts';
import type { Output } from './register-options.ts';

const formats = ['png', 'svg', 'pdf', 'ndef'] as const;
type Format = (typeof formats)[number];

export interface LabelFlags {
  config?: string;
  beaconId?: string;
  name?: string;
  serial?: string;
  size: string;
  format?: string[];
  dpi: number;
  out: string;
}

const posNote = z.object({ merchantPosId: z.string(), beaconId: z.string() });

/** Of the point of sale that the terminal has at MobilePay: what is printed must be true. */
function beaconIdOf(config: Config): string {
  if (config.pos.beaconId !== undefined) return config.pos.beaconId;
  const reader = openJournalReader(config.journal.path);
  try {
    const note = posNote.safeParse(noteValue(reader.note('pos'))).data;
    if (note?.merchantPosId === config.pos.merchantPosId) return note.beaconId;
  } finally {
    reader.close();
  }
  throw new TerminalError(
    'unreachable',
    'MobilePay has given this terminal no beacon id yet: start the service first, or name one with --beacon-id ID.',
  );
}

/** What is engraved in the processor of a Pi; other machines tell none. */
function serialNumberOf(machine: string): string | null {
  return kernelText(join(machine, 'device-tree/serial-number')) ?? null;
}

function formatsOf(wanted: readonly string[] = formats): Format[] {
  return wanted.map((text) => {
    const format = formats.find((known) => known === text);
    if (format !== undefined) return format;
    throw new TerminalError('usage', `--format is ${formats.join(', ')}; not ${text}`);
  });
}

/**
 * `beacon-terminal label`: the sticker and the tag of a terminal, as files in a folder.
 * @throws TerminalError `usage`, `config-invalid`, `unreachable` where there is no beacon id yet,
 *   `not-permitted`
 */
export function labelCommand(flags: LabelFlags, out: Output, machine = '/proc'): number {
  const wanted = formatsOf(flags.format);
  const size = labelSizeOf(flags.size);
  // With id and name at hand, a laptop prints labels without a config file.
  const standalone =
    flags.config === undefined && flags.beaconId !== undefined && flags.name !== undefined;
  const config = standalone ? undefined : configInForce(flags.config, process.env).config;
  const beaconId = flags.beaconId ?? (config === undefined ? '' : beaconIdOf(config));
  if (!isBeaconId(beaconId)) {
    throw new TerminalError('usage', `--beacon-id is 15 digits or a GUID; not ${beaconId}`);
  }
  const name = flags.name ?? config?.pos.name ?? '';
  const serialNumber = flags.serial ?? (standalone ? null : serialNumberOf(machine));
  const label = layOutLabel({ beaconId, name, serialNumber }, size);
  const bytesOf: Record<Format, () => Uint8Array | string> = {
    png: () => pngLabel(label, flags.dpi),
    svg: () => svgLabel(label),
    pdf: () => pdfLabel(label),
    ndef: () => ndefMessage(qrText(beaconId)),
  };
  for (const format of wanted) {
    const file = join(flags.out, `label-${config?.terminal.id ?? beaconId}.${format}`);
    write(file, bytesOf[format]());
    out.write(`${file}\n`);
  }
  return exitCodes.done;
}

function write(file: string, bytes: Uint8Array | string): void {
  try {
    mkdirSync(join(file, '..'), { recursive: true });
    writeFileSync(file, bytes);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw new TerminalError(
      'not-permitted',
      `${file} cannot be written (${code}): name another folder with --out DIR`,
      { cause },
    );
  }
}

import type { PathCommand } from 'opentype.js';
import type { Label } from './label.ts';
import { strokesOf } from './label.ts';

const POINTS_PER_MM = 72 / 25.4;

/**
 * The label as a PDF page of its real size (ISO 32000-1): one page of black shapes and nothing else.
 * A library for all that PDF can do would bring 13 packages and 22 MB to every terminal.
 */
export function pdfLabel(label: Label): Buffer {
  const { widthMm, heightMm, title } = label;
  const box = `[0 0 ${points(widthMm)} ${points(heightMm)}]`;
  const content = contentOf(label);
  return fileOf([
    '<< /Type /Catalog /Pages 2 0 R >>',
    '<< /Type /Pages /Kids [3 0 R] /Count 1 >>',
    `<< /Type /Page /Parent 2 0 R /MediaBox ${box} /Contents 4 0 R /Resources << >> >>`,
    `<< /Length ${content.length} >>\nstream\n${content}\nendstream`,
    `<< /Title ${textString(title)} /Producer ${textString('beacon-terminal')} >>`,
  ]);
}

/** Objects, the table of where each begins, and the way to it. */
function fileOf(objects: readonly string[]): Buffer {
  // The second line tells whoever carries the file that it is not text.
  let file = '%PDF-1.4\n%\xe2\xe3\xcf\xd3\n';
  const places = objects.map((object, index) => {
    const at = file.length;
    file += `${index + 1} 0 obj\n${object}\nendobj\n`;
    return at;
  });
  const entries = places.map((at) => `${String(at).padStart(10, '0')} 00000 n \n`);
  const size = objects.length + 1;
  file += `xref\n0 ${size}\n0000000000 65535 f \n${entries.join('')}`
    .concat(`trailer\n<< /Size ${size} /Root 1 0 R /Info ${objects.length} 0 R >>\n`)
    .concat(`startxref\n${file.length}\n%%EOF\n`);
  return Buffer.from(file, 'latin1');
}

/** In UTF-16, which holds every name. */
function textString(text: string): string {
  const units = Array.from({ length: text.length }, (_, index) =>
    text.charCodeAt(index).toString(16).padStart(4, '0'),
  );
  return `<feff${units.join('')}>`;
}

/** The page's y grows upwards: the label is turned over once, and then drawn in its millimetres. */
function contentOf({ heightMm, qr, letters }: Label): string {
  const scale = number(POINTS_PER_MM);
  const code = [...strokesOf(qr.dark)].map(
    ({ row, column, length }) => `${column} ${row} ${length} 1 re`,
  );
  return [
    `${scale} 0 0 -${scale} 0 ${points(heightMm)} cm`,
    '0 g',
    ...pathOf(letters),
    'f',
    `${number(qr.moduleMm)} 0 0 ${number(qr.moduleMm)} ${number(qr.x)} ${number(qr.y)} cm`,
    ...code,
    'f',
  ].join('\n');
}

/** PDF has cubic curves only. */
function pathOf(commands: readonly PathCommand[]): string[] {
  return commands.map((command, index) => {
    switch (command.type) {
      case 'M':
        return `${number(command.x)} ${number(command.y)} m`;
      case 'L':
        return `${number(command.x)} ${number(command.y)} l`;
      case 'Q': {
        const { x1, y1, x, y } = command;
        const before = commands[index - 1];
        const from = before !== undefined && 'x' in before ? before : { x, y };
        const towards = (end: number, control: number) => end + (2 / 3) * (control - end);
        return curve([
          ...[towards(from.x, x1), towards(from.y, y1)],
          ...[towards(x, x1), towards(y, y1), x, y],
        ]);
      }
      case 'C':
        return curve([command.x1, command.y1, command.x2, command.y2, command.x, command.y]);
      case 'Z':
        return 'h';
      default:
        return command satisfies never;
    }
  });
}

const curve = (values: number[]) => `${values.map(number).join(' ')} c`;
const number = (value: number) => String(Math.round(value * 1e5) / 1e5);
const points = (mm: number) => number(mm * POINTS_PER_MM);

import type { PathCommand } from 'opentype.js';
import type { Label } from './label.ts';
import { strokesOf } from './label.ts';

/** The label in its real size, for a printer's driver or a layout program. */
export function svgLabel({ widthMm, heightMm, title, qr, letters }: Label): string {
  const code = [...strokesOf(qr.dark)]
    .map(({ row, column, length }) => `M${column} ${row}h${length}v1h-${length}z`)
    .join('');
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${widthMm}mm" height="${heightMm}mm" viewBox="0 0 ${widthMm} ${heightMm}">
<title>${escaped(title)}</title>
<path fill="#ffffff" d="M0 0h${widthMm}v${heightMm}H0z"/>
<path fill="#000000" shape-rendering="crispEdges" transform="translate(${mm(qr.x)} ${mm(qr.y)}) scale(${qr.moduleMm})" d="${code}"/>
<path fill="#000000" d="${letters.map(commandText).join('')}"/>
</svg>
`;
}

/** A thousandth of a millimetre is finer than any printer. */
const mm = (value: number) => String(Math.round(value * 1000) / 1000);

function commandText(command: PathCommand): string {
  switch (command.type) {
    case 'M':
    case 'L':
      return `${command.type}${mm(command.x)} ${mm(command.y)}`;
    case 'Q':
      return `Q${[command.x1, command.y1, command.x, command.y].map(mm).join(' ')}`;
    case 'C': {
      const { x1, y1, x2, y2, x, y } = command;
      return `C${[x1, y1, x2, y2, x, y].map(mm).join(' ')}`;
    }
    case 'Z':
      return 'Z';
  }
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

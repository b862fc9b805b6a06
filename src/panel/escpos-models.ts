import type { CodePageName } from './code-page.ts';

export const escposModels = ['epson', 'bixolon', 'pc865'] as const;
export type EscposModel = (typeof escposModels)[number];

interface EscposTable {
  codePage: CodePageName;
  /** The n of `ESC t n` that selects it. */
  selector: number;
}

/**
 * Code tables by family. `epson`: DM-D30, DM-D110, DM-D120, DM-D210 (ESC/POS display commands, ESC t).
 * `bixolon`: BCD-1000 and BCD-1100, switched to Epson emulation. `pc865`: older displays and copies
 * that know the first tables only; they have no euro sign, and EUR is written.
 */
export const escposTables: Record<EscposModel, EscposTable> = {
  epson: { codePage: 'cp858', selector: 19 },
  bixolon: { codePage: 'cp858', selector: 19 },
  pc865: { codePage: 'cp865', selector: 5 },
};

import iconv from 'iconv-lite';

export type CodePageName = 'cp858' | 'cp865';

/** The characters a display has: text is spelt with them, one column each, and then encoded. */
export interface CodePage {
  /** The same text in characters the display has. */
  spell(text: string): string;
  /** Of text that was spelt: one byte for each column. */
  encode(spelt: string): number[];
}

/** What is written in another way where a display lacks the character. */
const otherSpellings: Record<string, string> = {
  '\u00a0': ' ',
  '\u202f': ' ',
  '…': '~',
  '–': '-',
  '—': '-',
  '‘': "'",
  '’': "'",
  '“': '"',
  '”': '"',
  ø: 'o',
  Ø: 'O',
  æ: 'ae',
  Æ: 'AE',
  ß: 'ss',
};

/**
 * Spells `text` with the characters for which `has` holds: else in another way, else without its
 * accents, else `?`. A euro sign that is not there becomes EUR, set off from the figures.
 */
export function spellWith(text: string, has: (character: string) => boolean): string {
  const spaced = text.replaceAll('\u00a0', ' ').replaceAll('\u202f', ' ');
  // Nearly every text is spelt already, while a customer waits for it.
  if (everySign(spaced, has)) return spaced;
  const normal = spaced.normalize('NFC');
  const worded = has('€') ? normal : normal.replaceAll(/€(?=\S)/g, 'EUR ').replaceAll(/€/g, 'EUR');
  if (everySign(worded, has)) return worded;
  return [...graphemes.segment(worded)].map(({ segment }) => spellOne(segment, has)).join('');
}

function everySign(text: string, has: (character: string) => boolean): boolean {
  for (const character of text) if (!has(character)) return false;
  return true;
}

const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' });

/** One sign as people see it: what cannot be spelt at all becomes one question mark. */
function spellOne(sign: string, has: (character: string) => boolean): string {
  if (everySign(sign, has)) return sign;
  const bare = sign.normalize('NFD').replaceAll(/\p{M}/gu, '');
  const spelt = otherSpellings[sign] ?? otherSpellings[bare] ?? bare;
  return spelt !== '' && everySign(spelt, has) ? spelt : '?';
}

/** Control characters and what a display may show as a block are not for texts. */
const isPrintable = (character: string) => !/[\p{C}\u00a0\ufffd]/u.test(character);

/** A question mark. */
const unknown = 0x3f;

/** Worked out once: the display is drawn while a customer waits. */
function pageOf(name: CodePageName): CodePage {
  const every = Uint8Array.from({ length: 256 }, (_, byte) => byte);
  const bytes = new Map(
    [...iconv.decode(Buffer.from(every), name)]
      .map((character, byte) => [character, byte] as const)
      .filter(([character]) => isPrintable(character)),
  );
  return {
    spell: (text) => spellWith(text, (character) => bytes.has(character)),
    encode(spelt) {
      const encoded: number[] = [];
      for (const character of spelt) encoded.push(bytes.get(character) ?? unknown);
      return encoded;
    },
  };
}

const pages: Record<CodePageName, CodePage> = { cp858: pageOf('cp858'), cp865: pageOf('cp865') };

export function codePage(name: CodePageName): CodePage {
  return pages[name];
}

import { z } from 'zod';
import { characterName } from './character-name.ts';

/** What each sign of a mask stands for; any other sign stands for itself. */
const kinds: Record<string, { pattern: string; name: string }> = {
  '#': { pattern: '[0-9]', name: 'a digit' },
  '@': { pattern: '[A-Za-z0-9]', name: 'a letter or digit' },
  h: { pattern: '[0-9A-Fa-f]', name: 'one of 0-9 a-f' },
};

interface Sign {
  pattern: RegExp;
  name: string;
}

function signsOf(mask: string): Sign[] {
  return [...mask].map((sign) => {
    const { pattern, name } = kinds[sign] ?? { pattern: sign, name: JSON.stringify(sign) };
    return { pattern: new RegExp(`^${pattern}$`), name };
  });
}

/** `##-` becomes `[0-9]{2}-`. */
function patternOf(mask: string): string {
  return mask.replaceAll(/(.)\1*/gu, (run) => {
    const sign = run.charAt(0);
    return `${kinds[sign]?.pattern ?? sign}${run.length > 1 ? `{${run.length}}` : ''}`;
  });
}

/** How far the text follows the mask. */
function fitOf(characters: readonly string[], signs: readonly Sign[]): number {
  const misfit = characters.findIndex((character, at) => !signs[at]?.pattern.test(character));
  return misfit === -1 ? characters.length : misfit;
}

/** What breaks a text that fits none of the masks, by the mask that it follows furthest. */
function misfitOf(text: string, masks: readonly string[]): string {
  const characters = [...text];
  const tried = masks.map((mask) => {
    const signs = signsOf(mask);
    return { signs, fit: fitOf(characters, signs) };
  });
  const furthest = Math.max(...tried.map(({ fit }) => fit));
  const close = tried.filter(({ fit }) => fit === furthest);
  const character = characters[furthest];
  if (character === undefined) return `it ends after ${characters.length} characters`;
  const wanted = new Set(close.flatMap(({ signs }) => signs[furthest]?.name ?? []));
  const verdict = wanted.size === 0 ? 'is too many' : `must be ${[...wanted].join(' or ')}`;
  return `${characterName(character)} at place ${furthest + 1} ${verdict}`;
}

/**
 * Text that fits one of the masks: `#` a digit, `@` a letter or digit, `h` a hexadecimal digit; no
 * other sign may have a meaning in a regular expression. The complaint names the offending
 * character after `what`, which says what is wanted.
 */
export function maskedText(masks: readonly string[], what: string): z.ZodString {
  const pattern = new RegExp(`^(?:${masks.map(patternOf).join('|')})$`);
  return z.string().regex(pattern, {
    error: ({ input }) => `${what}; ${misfitOf(String(input), masks)}`,
  });
}

import { z } from 'zod';
import { characterName } from './character-name.ts';

/** MobilePay takes at most 36 characters in every free-text field (PoS V10, text fields). */
export const TEXT_FIELD_MAX = 36;

const valid = new Set(
  '0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ æÆøØåÅäÄöÖšŠžŽâÂàÀáÁãÃéÉêÊëËèÈíÍîÎïÏìÌüÜûÛùÙúÚôÔòÒóÓõÕÿýÝñÑ,!"#$%&\'()*+-./:;<=>?@[\\]^_`{|}~¦¯¨´×«»ðþçß¤ÇµÐÞ±°ªº©§¶¼½¾¬®¢£¥¡¿¹²³',
);

/** The first character MobilePay would not accept, or undefined when all are fine. */
export function firstInvalidCharacter(text: string): string | undefined {
  for (const character of text) {
    if (!valid.has(character)) return character;
  }
  return undefined;
}

/** Order ids, names and labels: 1-36 of MobilePay's valid characters. */
export const textFieldSchema = z
  .string()
  .min(1, 'must not be empty')
  .max(TEXT_FIELD_MAX, {
    error: ({ input }) =>
      `must be at most ${TEXT_FIELD_MAX} characters; it has ${String(input).length}`,
  })
  .superRefine((text, context) => {
    const character = firstInvalidCharacter(text);
    if (character === undefined) return;
    const place = [...text].indexOf(character) + 1;
    // What some keyboards and file systems make of å: an a, and a ring to put on it.
    const decomposed = firstInvalidCharacter(text.normalize('NFC')) === undefined;
    const remedy = decomposed ? 'type the letter and its accent as one character' : 'replace it';
    context.addIssue({
      code: 'custom',
      message: `the character ${characterName(character)} at place ${place} is not accepted by MobilePay; ${remedy}`,
    });
  });

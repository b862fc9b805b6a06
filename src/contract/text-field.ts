import { z } from 'zod';

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
  .min(1)
  .max(TEXT_FIELD_MAX)
  .superRefine((text, context) => {
    const character = firstInvalidCharacter(text);
    if (character !== undefined) {
      const codePoint = character.codePointAt(0) ?? 0;
      context.addIssue({
        code: 'custom',
        message: `the character ${JSON.stringify(character)} (U+${codePoint.toString(16).toUpperCase().padStart(4, '0')}) is not accepted by MobilePay`,
      });
    }
  });

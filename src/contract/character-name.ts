/** A character as a complaint names it, also one that cannot be seen: `"€" (U+20AC)`. */
export function characterName(character: string): string {
  const codePoint = (character.codePointAt(0) ?? 0).toString(16).toUpperCase();
  return `${JSON.stringify(character)} (U+${codePoint.padStart(4, '0')})`;
}

/** Every instruction and every answer ends with these. */
const END = [0xff, 0xff, 0xff];

/** How many bytes follow the first of an answer, before its end; 0x70 (text) alone has no length. */
const lengths = new Map([
  [0x65, 3],
  [0x66, 1],
  [0x67, 5],
  [0x68, 5],
  [0x71, 4],
]);

export type NextionAnswer =
  | { kind: 'touch'; page: number; component: number; pressed: boolean }
  | { kind: 'page'; page: number }
  /** It has started: whatever it showed is gone. */
  | { kind: 'started' }
  /** An instruction it could not carry out, by its return code. */
  | { kind: 'refused'; code: number };

/** Return codes of failed instructions (Nextion Instruction Set, 7): 0x00, 0x02 to 0x24 in parts. */
const isRefusal = (code: number) => code === 0x00 || (code >= 0x02 && code <= 0x24);

const SYNC_LOST_AFTER = 64;

/**
 * Bytes of the display in, what it says out. Answers are told apart by their lengths and not by their
 * ends: a number may hold FF FF FF as well.
 */
export function createNextionReader(): (bytes: Uint8Array) => NextionAnswer[] {
  let unread: number[] = [];

  /** The length of the answer that begins here, its end included; undefined: not all of it is there. */
  function lengthOfFirst(): number | undefined {
    const [code = 0] = unread;
    const known = lengths.get(code);
    if (known !== undefined) return 1 + known + END.length;
    // 00 00 00 FF FF FF is its start, 00 FF FF FF an instruction it does not know.
    const end = unread.findIndex((_, index) =>
      END.every((byte, at) => unread[index + at] === byte),
    );
    if (end === -1) return unread.length > SYNC_LOST_AFTER ? unread.length : undefined;
    return end + END.length;
  }

  return (bytes) => {
    unread.push(...bytes);
    const answers: NextionAnswer[] = [];
    for (;;) {
      const length = unread.length === 0 ? undefined : lengthOfFirst();
      if (length === undefined || unread.length < length) return answers;
      const whole = unread.slice(0, length);
      if (END.every((byte, index) => whole[length - END.length + index] === byte)) {
        unread = unread.slice(length);
        const answer = answerOf(whole.slice(0, -END.length));
        if (answer !== undefined) answers.push(answer);
      } else {
        // Noise, or the middle of an answer: begin again one byte later.
        unread = unread.slice(1);
      }
    }
  };
}

function answerOf([code = 0, ...rest]: number[]): NextionAnswer | undefined {
  if (code === 0x65) {
    const [page = 0, component = 0, state = 0] = rest;
    return { kind: 'touch', page, component, pressed: state === 1 };
  }
  if (code === 0x66) return { kind: 'page', page: rest[0] ?? 0 };
  if (code === 0x88 || (code === 0 && rest.length === 2)) return { kind: 'started' };
  if (rest.length === 0 && isRefusal(code)) return { kind: 'refused', code };
  return undefined;
}

/** @param text of characters the display has, none of them ÿ, which would end it */
export function nextionInstruction(text: string): number[] {
  return [...Buffer.from(text, 'latin1'), ...END];
}

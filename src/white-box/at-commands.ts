const CR = 0x0d;
const LF = 0x0a;
/** Longer than any command; what is longer is noise. */
const LONGEST_LINE = 64;
/** A line that has stood unfinished for so long was noise, and does not spoil the next command. */
const STALE_MS = 1000;

/** Bytes of the register in, our answers out. */
export interface AtInterpreter {
  /** @param nowMs monotonic */
  take(bytes: Uint8Array, nowMs: number): string;
}

/**
 * The commands of MobilePay's white box (its "POS unit"): upper case, ended by CR, answered in a line.
 * `AT+BEACONID=?` is answered with the 15 digits, `AT` with OK, all else with ERROR; so is the id
 * while there is none of 15 digits.
 */
export function createAtInterpreter(beaconId: () => string | null): AtInterpreter {
  let line: number[] = [];
  let heardAtMs = 0;

  function answer(command: string): string {
    if (command === '') return '';
    if (command === 'AT') return 'OK\r\n';
    const id = beaconId();
    const known = command === 'AT+BEACONID=?' && id !== null && /^\d{15}$/.test(id);
    return known ? `${id}\r\n` : 'ERROR\r\n';
  }

  return {
    take(bytes, nowMs) {
      if (nowMs - heardAtMs > STALE_MS) line = [];
      heardAtMs = nowMs;
      let answers = '';
      for (const byte of bytes) {
        if (byte === CR) {
          answers += answer(String.fromCharCode(...line));
          line = [];
        } else if (byte !== LF && line.length <= LONGEST_LINE) {
          line.push(byte);
        }
      }
      return answers;
    },
  };
}

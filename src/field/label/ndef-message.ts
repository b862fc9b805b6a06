import { TerminalError } from '../../terminal-error.ts';

/** First and last record, in one piece, short, of a well-known type (NFC Forum NDEF 3.2). */
const HEADER = 0xd1;
/** The whole address follows (NFC Forum URI Record, 3.2.2). */
const NO_ABBREVIATION = 0x00;
const LONGEST = 254;

/** An NDEF message of one URI record, as programs write it to a passive NFC tag. */
export function ndefMessage(uri: string): Buffer {
  const text = Buffer.from(uri, 'utf8');
  if (text.length > LONGEST) {
    throw new TerminalError('usage', `The address is longer than ${LONGEST} bytes: ${uri}`);
  }
  const type = Buffer.from('U', 'latin1');
  const payload = Buffer.concat([Buffer.of(NO_ABBREVIATION), text]);
  return Buffer.concat([Buffer.of(HEADER, type.length, payload.length), type, payload]);
}

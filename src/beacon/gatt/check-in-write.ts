import type { AttError } from './att-error.ts';
import { attError } from './att-error.ts';
import { NONCE_BYTES, PROTOCOL_VERSION } from './service.ts';

/** The longest value an attribute can have (Core, vol 3, part F, 3.2.9). */
export const CHECK_IN_MAX_BYTES = 512;
const NONCE_AT = 1;
const TOKEN_LENGTH_AT = NONCE_AT + NONCE_BYTES;
const TOKEN_AT = TOKEN_LENGTH_AT + 2;

interface CheckInWrite {
  nonce: Buffer;
  token: Buffer;
  authenticator: Buffer;
}

/**
 * Takes a write to the check-in characteristic apart: version (1 byte), nonce (16), length of the
 * token (2, little endian), token, and the authenticator as the rest; neither of the two is empty.
 */
export function readCheckIn(value: Uint8Array): CheckInWrite | AttError {
  const bytes = Buffer.from(value);
  if (bytes.length > CHECK_IN_MAX_BYTES) return attError.invalidValueLength;
  if (bytes.length > 0 && bytes[0] !== PROTOCOL_VERSION) return attError.unknownVersion;
  if (bytes.length < TOKEN_AT) return attError.invalidValueLength;
  const authenticatorAt = TOKEN_AT + bytes.readUInt16LE(TOKEN_LENGTH_AT);
  if (authenticatorAt === TOKEN_AT || authenticatorAt >= bytes.length) {
    return attError.invalidValueLength;
  }
  return {
    nonce: bytes.subarray(NONCE_AT, TOKEN_LENGTH_AT),
    token: bytes.subarray(TOKEN_AT, authenticatorAt),
    authenticator: bytes.subarray(authenticatorAt),
  };
}

/** What a phone writes. The inverse of `readCheckIn`. */
export function writeCheckIn({
  nonce,
  token,
  authenticator,
}: Record<keyof CheckInWrite, Uint8Array>) {
  const head = Buffer.alloc(TOKEN_AT);
  head[0] = PROTOCOL_VERSION;
  head.set(nonce, NONCE_AT);
  head.writeUInt16LE(token.length, TOKEN_LENGTH_AT);
  return Buffer.concat([head, token, authenticator]);
}

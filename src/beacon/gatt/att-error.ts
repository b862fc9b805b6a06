/**
 * Error codes of the Attribute Protocol (Core, vol 3, part F, 3.4.1.1). Those from 0x80 on are ours
 * to define.
 */
export const attError = {
  invalidPdu: 0x04,
  invalidOffset: 0x07,
  prepareQueueFull: 0x09,
  invalidValueLength: 0x0d,
  unlikely: 0x0e,
  unknownVersion: 0x80,
  wrongNonce: 0x81,
  alreadyCheckedIn: 0x82,
  tooManyCheckIns: 0x83,
} as const;
export type AttError = (typeof attError)[keyof typeof attError];

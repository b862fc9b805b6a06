import { createPrivateKey, createPublicKey, generateKeyPairSync, sign } from 'node:crypto';

/** DER (X.690): a tag, the length of what follows, and that. */
function der(tag: number, ...parts: Uint8Array[]): Buffer {
  const content = Buffer.concat(parts);
  const { length } = content;
  if (length < 0x80) return Buffer.concat([Buffer.from([tag, length]), content]);
  const bytes = length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...bytes]), content]);
}

const SEQUENCE = 0x30;
const SET = 0x31;
/** id-at-commonName, 2.5.4.3 */
const COMMON_NAME = Buffer.from([0x06, 0x03, 0x55, 0x04, 0x03]);
/** ecdsa-with-SHA256, 1.2.840.10045.4.3.2 */
const ECDSA_SHA256 = Buffer.from([0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02]);
const VERSION_0 = Buffer.from([0x02, 0x01, 0x00]);
const NO_ATTRIBUTES = Buffer.from([0xa0, 0x00]);

/** A key for a device: EC P-256, PKCS #8 as PEM. */
export function newDeviceKey(): string {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
}

/** Whether a PEM text is a key such as `newDeviceKey` makes. */
export function isDeviceKey(pem: string): boolean {
  try {
    const key = createPrivateKey(pem);
    return key.asymmetricKeyDetails?.namedCurve === 'prime256v1';
  } catch {
    return false;
  }
}

/**
 * A certificate request (PKCS #10, RFC 2986) as PEM. The broker takes the common name, which is the
 * terminal's id, for the user name.
 */
export function certificateRequest(keyPem: string, commonName: string): string {
  const name = der(0x0c, Buffer.from(commonName, 'utf8'));
  const subject = der(SEQUENCE, der(SET, der(SEQUENCE, COMMON_NAME, name)));
  const publicKey = createPublicKey(keyPem).export({ type: 'spki', format: 'der' });
  const info = der(SEQUENCE, VERSION_0, subject, publicKey, NO_ATTRIBUTES);
  const signature = sign('sha256', info, keyPem);
  const request = der(
    SEQUENCE,
    info,
    der(SEQUENCE, ECDSA_SHA256),
    der(0x03, Buffer.from([0]), signature),
  );
  const lines = request.toString('base64').match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE REQUEST-----\n${lines.join('\n')}\n-----END CERTIFICATE REQUEST-----\n`;
}

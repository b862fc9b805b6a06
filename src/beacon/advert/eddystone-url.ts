import { eddystone, powerAtZero } from './eddystone.ts';

const FRAME_URL = 0x10;
/** Eddystone-URL, Frame Specification. */
const ENCODED_MAX_BYTES = 17;

/** Longest first where one begins with another. */
const schemes: readonly [string, number][] = [
  ['http://www.', 0],
  ['https://www.', 1],
  ['http://', 2],
  ['https://', 3],
];
const domains = ['.com', '.org', '.edu', '.net', '.info', '.biz', '.gov'];
/** With the slash they are 0 to 6, without it 7 to 13. */
const expansions: readonly [string, number][] = [
  ...domains.map((domain, code): [string, number] => [`${domain}/`, code]),
  ...domains.map((domain, code): [string, number] => [domain, code + domains.length]),
];

/** 64 characters that stand for themselves in a URL (RFC 4648, base64url). */
const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
/** 50 bits, 6 in a character. */
const DIGITS_LENGTH = 9;

/** A 15-digit id as 9 characters: its number in base 64, most significant first. */
function digitsInUrl(digits: string): string {
  let rest = BigInt(digits);
  let text = '';
  for (let place = 0; place < DIGITS_LENGTH; place += 1) {
    text = (alphabet[Number(rest % 64n)] ?? '') + text;
    rest /= 64n;
  }
  return text;
}

/** Scheme and text of a URL, or undefined when it has no scheme or characters that are not sent. */
function encodeUrl(url: string): { scheme: number; text: number[] } | undefined {
  const found = schemes.find(([prefix]) => url.startsWith(prefix));
  if (found === undefined) return undefined;
  const [prefix, scheme] = found;
  const text: number[] = [];
  let rest = url.slice(prefix.length);
  if (!/^[\x21-\x7e]+$/.test(rest)) return undefined;
  while (rest !== '') {
    const expansion = expansions.find(([long]) => rest.startsWith(long));
    text.push(expansion?.[1] ?? rest.charCodeAt(0));
    rest = rest.slice(expansion?.[0].length ?? 1);
  }
  return { scheme, text };
}

/** Eddystone-URL: the configured address with the id behind it. A text says why it cannot be. */
export function eddystoneUrl(
  url: string,
  digits: string,
  measuredPower: number,
): number[] | string {
  const encoded = encodeUrl(url + digitsInUrl(digits));
  if (encoded === undefined) {
    return 'must begin with https:// or http:// and have printable ASCII characters only';
  }
  const over = encoded.text.length - ENCODED_MAX_BYTES;
  if (over > 0) {
    return `is too long by ${over} of the ${ENCODED_MAX_BYTES - DIGITS_LENGTH} bytes that an id leaves (scheme and www. are free, .com/ and the like count as one); shorten it`;
  }
  return eddystone([FRAME_URL, powerAtZero(measuredPower), encoded.scheme, ...encoded.text]);
}

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { advertProblems, encodeAdvert } from '../../../src/beacon/advert/advert.ts';
import type { AdvertSettings } from '../../../src/beacon/advert/advert-settings.ts';
import { beaconFormats } from '../../../src/beacon/advert/advert-settings.ts';
import { DEFAULT_NAMESPACE } from '../../../src/beacon/advert/beacon-id-bytes.ts';
import { receive, structuresOf, urlOf } from './received.ts';

const digits = '123456789012345';
const guid = 'e2c56db5-dffb-48d2-b060-d0f5a71096e0';

function hex(settings: Partial<AdvertSettings>, beaconId: string): string {
  const encoded = encodeAdvert({ format: 'ibeacon', measuredPower: -59, ...settings }, beaconId);
  return encoded instanceof Uint8Array ? Buffer.from(encoded).toString('hex') : encoded.message;
}

/** Readable in the test, compact on the air. */
const bytes = (text: string) => text.replaceAll(/[\s|]/g, '');

describe('an advert is, byte for byte, what its specification says:', () => {
  it("iBeacon, with the UUID of Apple's sample and the power of its specification", () => {
    expect(hex({ format: 'ibeacon' }, guid)).toBe(
      bytes('020106 | 1aff 4c00 0215 | e2c56db5dffb48d2b060d0f5a71096e0 | 0000 0000 | c5'),
    );
  });

  it('iBeacon with 15 digits, which anybody reads in the UUID', () => {
    expect(hex({ format: 'ibeacon' }, digits)).toBe(
      bytes('020106 | 1aff 4c00 0215 | b4d40000 61ce 480b 0123 456789012345 | 0000 0000 | c5'),
    );
  });

  it('Eddystone-UID, full length with its reserved bytes and the power at 0 m', () => {
    expect(hex({ format: 'eddystone-uid' }, guid)).toBe(
      bytes('020106 | 0303aafe | 1716aafe 00 ee e2c56db5dffb48d2b060 d0f5a71096e0 0000'),
    );
    expect(hex({ format: 'eddystone-uid', namespace: '8b0ca750095477cb' }, digits)).toBe(
      bytes('020106 | 0303aafe | 1716aafe 00 ee 8b0ca750095477cb0123 456789012345 0000'),
    );
  });

  it('Eddystone-URL, with scheme, expansion and the id in nine characters', () => {
    // https://goo.gl is the specification's host; the id is its number in base 64.
    const settings = { format: 'eddystone-url', url: 'https://goo.gl/' } as const;
    const frame = hex(settings, digits);
    expect(frame).toBe(
      bytes(`020106 | 0303aafe | 1616aafe 10 ee 03 ${Buffer.from('goo.gl/').toString('hex')}`) +
        frame.slice(-18),
    );
    expect(urlOf(Buffer.from(frame.slice(26), 'hex'))).toBe('https://goo.gl/AcEiGDd95');
    const longest = hex({ format: 'eddystone-url', url: 'http://www.example.com/' }, digits);
    expect(longest).toHaveLength(62);
    expect(longest.slice(22)).toBe(
      bytes(`10 ee 00 ${Buffer.from('example').toString('hex')} 00`) +
        Buffer.from('AcEiGDd95').toString('hex'),
    );
  });

  it('AltBeacon, with its length, code, reference RSSI and reserved byte', () => {
    expect(hex({ format: 'altbeacon', companyId: 0x0118 }, guid)).toBe(
      bytes('020106 | 1bff 1801 beac | e2c56db5dffb48d2b060d0f5a71096e0 00000000 | c5 00'),
    );
  });

  it('service data under a short UUID, and under our own long one', () => {
    expect(hex({ format: 'service-data', serviceUuid: 'feaf' }, guid)).toBe(
      bytes('020106 | 1516 affe | 01 c5 e2c56db5dffb48d2b060d0f5a71096e0'),
    );
    expect(hex({ format: 'service-data' }, digits)).toBe(
      bytes('020106 | 1b21 4106e37bd21688ba0b48ce610100d4b4 | 01 c5 0123456789012345'),
    );
  });

  it('manufacturer data', () => {
    expect(hex({ format: 'manufacturer-data', companyId: 0xffff }, digits)).toBe(
      bytes('020106 | 0dff ffff | 01 c5 0123456789012345'),
    );
    expect(hex({ format: 'manufacturer-data', companyId: 0x0059 }, guid)).toBe(
      bytes('020106 | 15ff 5900 | 01 c5 e2c56db5dffb48d2b060d0f5a71096e0'),
    );
  });
});

describe('a combination that cannot be', () => {
  const problems = (settings: Partial<AdvertSettings>, beaconId?: string) =>
    advertProblems({ format: 'ibeacon', measuredPower: -59, ...settings }, beaconId);

  it.each([
    ['a GUID in a URL', { format: 'eddystone-url', url: 'https://a.dk/' }, guid, 'format'],
    [
      'an id still to be made, in a URL',
      { format: 'eddystone-url', url: 'https://a.dk/' },
      undefined,
      'format',
    ],
    [
      'an address that is too long',
      { format: 'eddystone-url', url: 'https://kiosken.dk/' },
      digits,
      'url',
    ],
    ['an address without a scheme', { format: 'eddystone-url', url: 'a.dk/' }, digits, 'url'],
    [
      'an address with letters beyond ASCII',
      { format: 'eddystone-url', url: 'https://ø.dk/' },
      digits,
      'url',
    ],
    ['a GUID beside a long UUID', { format: 'service-data' }, guid, 'serviceUuid'],
    ['a GUID like 15 digits', {}, 'b4d40000-61ce-480b-0123-456789012345', 'namespace'],
    ['no company', { format: 'manufacturer-data' }, digits, 'companyId'],
    ['no address', { format: 'eddystone-url' }, digits, 'url'],
    ["another format's key", { url: 'https://a.dk/' }, digits, 'url'],
  ] as const)('names the key to change: %s', (_, settings, beaconId, key) => {
    expect(problems(settings, beaconId).map((problem) => problem.key)).toEqual([key]);
  });

  it('is told with the remedy', () => {
    expect(problems({ format: 'service-data' })[0]?.message).toBe(
      'leaves no room for a GUID in 31 bytes; use one of 4 hexadecimal digits, or an id of 15 digits (MobilePay makes a GUID: pos.beaconId is absent)',
    );
  });
});

const anyDigits = fc.bigInt(0n, 999_999_999_999_999n).map((n) => n.toString().padStart(15, '0'));
const hexText = (length: number) =>
  fc
    .uint8Array({ minLength: length, maxLength: length })
    .map((b) => Buffer.from(b).toString('hex'));
const anyGuid = fc.uuid();
const anySettings = fc.record({
  format: fc.constantFrom(...beaconFormats),
  measuredPower: fc.integer({ min: -100, max: -21 }),
  namespace: hexText(8),
  companyId: fc.integer({ min: 0, max: 0xffff }).filter((company) => company !== 0x004c),
  serviceUuid: fc.oneof(
    hexText(2).filter((uuid) => uuid !== 'feaa'),
    fc.uuid(),
  ),
  url: fc.constantFrom('https://a.dk/', 'http://www.example.com/', 'https://very.long.example/'),
});

it('whatever is encoded has at most 31 bytes and gives the id and the power back', () => {
  let received = 0;
  fc.assert(
    fc.property(anySettings, fc.oneof(anyDigits, anyGuid), (all, beaconId) => {
      const { format, measuredPower, namespace, companyId, serviceUuid, url } = all;
      const own = {
        ibeacon: { namespace },
        'eddystone-uid': { namespace },
        'eddystone-url': { url },
        altbeacon: { namespace, companyId },
        'service-data': { serviceUuid },
        'manufacturer-data': { companyId },
      }[format];
      const encoded = encodeAdvert({ format, measuredPower, ...own }, beaconId);
      if (!(encoded instanceof Uint8Array)) {
        expect(['format', 'url', 'serviceUuid']).toContain(encoded.key);
        return;
      }
      received += 1;
      expect(encoded.length).toBeLessThanOrEqual(31);
      expect(receive(encoded, namespace)).toEqual({ format, beaconId, measuredPower });
    }),
    { numRuns: 1000 },
  );
  expect(received).toBeGreaterThan(500);
});

it('a GUID is never taken for 15 digits, nor the other way round', () => {
  fc.assert(
    fc.property(anyDigits, (id) => {
      const same = `${DEFAULT_NAMESPACE}0${id}`.replace(
        /^(.{8})(.{4})(.{4})(.{4})/,
        '$1-$2-$3-$4-',
      );
      const ours = encodeAdvert({ format: 'ibeacon', measuredPower: -59 }, id);
      const theirs = encodeAdvert({ format: 'ibeacon', measuredPower: -59 }, same);
      expect(structuresOf(ours as Uint8Array).size).toBe(2);
      expect(theirs).toMatchObject({ key: 'namespace' });
    }),
  );
});

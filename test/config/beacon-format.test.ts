import { describe, expect, it } from 'vitest';
import { complaints, leastConfig, load, withValue } from './config-file.ts';

const guid = 'a1b2c3d4-e5f6-4711-8899-aabbccddeeff';

function config(beacon: Record<string, unknown>, beaconId?: string) {
  const data = withValue(leastConfig(), ['pos', 'beaconId'], beaconId);
  return withValue(data, ['beacon'], { mode: 'one-way', ...beacon });
}

describe('the format of the advert', () => {
  it('has keys of its own', () => {
    const beacon = { format: 'service-data', serviceUuid: 'feaf', measuredPower: -63 };
    expect(load(config(beacon, guid)).beacon).toMatchObject(beacon);
  });

  it('is refused where its id has no room, with the key to change', () => {
    expect(complaints(config({ format: 'service-data' }, guid))).toEqual([
      expect.stringMatching(
        /^config\.yaml:\d+:\d+: beacon\.serviceUuid: leaves no room for a GUID/,
      ),
    ]);
    expect(complaints(config({ format: 'eddystone-url', url: 'https://a.dk/' }))).toEqual([
      expect.stringMatching(/: beacon\.format: eddystone-url has room .* pos\.beaconId is absent/),
    ]);
  });

  it('is refused without a key that it needs, and with one that it does not', () => {
    expect(complaints(config({ format: 'altbeacon' }))).toEqual([
      expect.stringMatching(/: beacon\.companyId: is missing; the format altbeacon needs it/),
    ]);
    expect(complaints(config({ url: 'https://a.dk/' }))).toEqual([
      expect.stringMatching(/: beacon\.url: is not for the format ibeacon but for eddystone-url/),
    ]);
  });
});

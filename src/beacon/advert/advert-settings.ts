export const beaconFormats = [
  'ibeacon',
  'eddystone-uid',
  'eddystone-url',
  'altbeacon',
  'service-data',
  'manufacturer-data',
] as const;
export type BeaconFormat = (typeof beaconFormats)[number];

/** What an advert is made of besides the id: the keys of `beacon` in the config. */
export interface AdvertSettings {
  format: BeaconFormat;
  /** What a phone receives at one metre, in dBm. */
  measuredPower: number;
  /** 16 hexadecimal digits. */
  namespace?: string | undefined;
  /** The manufacturer's number at the Bluetooth SIG. */
  companyId?: number | undefined;
  /** 4 hexadecimal digits, or a UUID. */
  serviceUuid?: string | undefined;
  url?: string | undefined;
}

/** Why there can be no such advert: the key of `beacon` to change, and what is wrong with it. */
export interface Unfit {
  key: keyof AdvertSettings;
  message: string;
}

type FormatKey = Exclude<keyof AdvertSettings, 'format' | 'measuredPower'>;

/** The keys that only some formats have. */
const keysOf: Record<BeaconFormat, { needed: FormatKey[]; optional: FormatKey[] }> = {
  ibeacon: { needed: [], optional: ['namespace'] },
  'eddystone-uid': { needed: [], optional: ['namespace'] },
  'eddystone-url': { needed: ['url'], optional: [] },
  altbeacon: { needed: ['companyId'], optional: ['namespace'] },
  'service-data': { needed: [], optional: ['serviceUuid'] },
  'manufacturer-data': { needed: ['companyId'], optional: [] },
};
const formatKeys: readonly FormatKey[] = ['namespace', 'companyId', 'serviceUuid', 'url'];

const remedies: Record<FormatKey, string> = {
  namespace: '16 hexadecimal digits of your own',
  companyId: "your company's number at the Bluetooth SIG (65535 is for tests only)",
  serviceUuid: 'the UUID of your service',
  url: 'the address that the id is appended to',
};

/** Keys that the format lacks, or has no use for. */
export function wrongKeys(settings: AdvertSettings): Unfit[] {
  const { format } = settings;
  const { needed, optional } = keysOf[format];
  return formatKeys.flatMap((key): Unfit[] => {
    const present = settings[key] !== undefined;
    if (needed.includes(key)) {
      return present
        ? []
        : [{ key, message: `is missing; the format ${format} needs it: ${remedies[key]}` }];
    }
    if (!present || optional.includes(key)) return [];
    const users = beaconFormats.filter((other) =>
      [...keysOf[other].needed, ...keysOf[other].optional].includes(key),
    );
    return [
      { key, message: `is not for the format ${format} but for ${users.join(', ')}; remove it` },
    ];
  });
}

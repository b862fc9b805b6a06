import { ADVERT_MAX_BYTES } from './ad-structure.ts';
import type { AdvertSettings, Unfit } from './advert-settings.ts';
import { wrongKeys } from './advert-settings.ts';
import { altBeacon } from './altbeacon.ts';
import { DEFAULT_NAMESPACE, kindOf, longBytes } from './beacon-id-bytes.ts';
import { eddystoneUid } from './eddystone-uid.ts';
import { eddystoneUrl } from './eddystone-url.ts';
import { iBeacon } from './ibeacon.ts';
import { manufacturerData } from './manufacturer-data.ts';
import { ownPayload } from './own-payload.ts';
import { serviceData } from './service-data.ts';
import { SERVICE_UUID } from './service-uuid.ts';

/** A GUID as MobilePay makes them, for a point of sale whose id is not known yet. */
const someGuid = 'ffffffff-ffff-4fff-8fff-ffffffffffff';

/** The advert's bytes for this id, at most 31; or which key of `beacon` prevents it, and why. */
export function encodeAdvert(settings: AdvertSettings, beaconId: string): Uint8Array | Unfit {
  const [wrong] = wrongKeys(settings);
  if (wrong !== undefined) return wrong;
  const bytes = encode(settings, beaconId);
  if (!Array.isArray(bytes)) return bytes;
  if (bytes.length <= ADVERT_MAX_BYTES) return Uint8Array.from(bytes);
  return {
    // Only a service's long UUID leaves too little room for an id.
    key: 'serviceUuid',
    message: `leaves no room for a GUID in ${ADVERT_MAX_BYTES} bytes; use one of 4 hexadecimal digits, or an id of 15 digits`,
  };
}

/** What keeps this id, or the GUID that MobilePay makes where there is none, out of the advert. */
export function advertProblems(settings: AdvertSettings, beaconId: string | undefined): Unfit[] {
  const wrong = wrongKeys(settings);
  if (wrong.length > 0) return wrong;
  const encoded = encodeAdvert(settings, beaconId ?? someGuid);
  if (encoded instanceof Uint8Array) return [];
  if (beaconId !== undefined) return [encoded];
  const { key, message } = encoded;
  return [{ key, message: `${message} (MobilePay makes a GUID: pos.beaconId is absent)` }];
}

function encode(settings: AdvertSettings, beaconId: string): number[] | Unfit {
  const { format, measuredPower } = settings;
  const namespace = settings.namespace ?? DEFAULT_NAMESPACE;
  const companyId = settings.companyId ?? 0;
  const withLongId = (make: (id: number[]) => number[]): number[] | Unfit => {
    const id = longBytes(beaconId, namespace);
    return id === undefined
      ? { key: 'namespace', message: `makes the GUID ${beaconId} look like 15 digits; use another` }
      : make(id);
  };
  switch (format) {
    case 'ibeacon':
      return withLongId((id) => iBeacon(id, measuredPower));
    case 'eddystone-uid':
      return withLongId((id) => eddystoneUid(id, measuredPower));
    case 'altbeacon':
      return withLongId((id) => altBeacon(id, companyId, measuredPower));
    case 'eddystone-url': {
      if (kindOf(beaconId) === 'guid') {
        return {
          key: 'format',
          message: 'eddystone-url has room for an id of 15 digits only, not for a GUID',
        };
      }
      const made = eddystoneUrl(settings.url ?? '', beaconId, measuredPower);
      return typeof made === 'string' ? { key: 'url', message: made } : made;
    }
    case 'service-data':
      return serviceData(settings.serviceUuid ?? SERVICE_UUID, ownPayload(beaconId, measuredPower));
    case 'manufacturer-data':
      return manufacturerData(companyId, ownPayload(beaconId, measuredPower));
  }
}

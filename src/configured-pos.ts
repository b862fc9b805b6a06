import type { Config } from './config/resolve.ts';
import type { WantedPos, WantedStore } from './engine/wanted-pos.ts';

function wantedStoreOf(pos: Config['pos']): WantedStore {
  const { storeId, merchantBrandId: brandId, merchantLocationId: locationId } = pos;
  if (storeId !== undefined) return { storeId };
  return brandId === undefined || locationId === undefined
    ? 'the-only-one'
    : { brandId, locationId };
}

/** The point of sale that a configuration asks for. */
export function wantedPosOf(config: Config): WantedPos {
  const { pos } = config;
  return {
    merchantPosId: pos.merchantPosId,
    name: pos.name,
    store: wantedStoreOf(pos),
    beaconId: pos.beaconId ?? null,
    supportedBeaconTypes: pos.supportedBeaconTypes,
    callbackAlias: pos.callbackAlias ?? null,
    requirePaymentBeforeCheckin: pos.requirePaymentBeforeCheckin,
  };
}

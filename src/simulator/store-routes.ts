import { apiError, notFound } from './api-error.ts';
import { addApiRoute, type Call } from './api-route.ts';
import type { App, Platform } from './platform.ts';
import { guidOf } from './request-body.ts';
import { wordOf } from './request-query.ts';
import type { Store } from './stores.ts';

export function addStoreRoutes(app: App, platform: Platform): void {
  const base = '/pos/v10/stores';
  addApiRoute(app, platform, { operation: 'findStores', method: 'GET', url: base }, (call) => ({
    storeIds: find(platform, call).map((store) => store.storeId),
  }));
  addApiRoute(
    app,
    platform,
    { operation: 'findDetailedStores', method: 'GET', url: `${base}/detailed` },
    (call) => find(platform, call).map(storeAnswer),
  );
  addApiRoute(
    app,
    platform,
    { operation: 'getStore', method: 'GET', url: `${base}/:storeId` },
    (call) => {
      const store = platform.world.stores.get(guidOf(call.params['storeId'], 'storeId'));
      if (store === undefined || store.merchantVat !== call.merchantVat) throw notFound();
      return storeAnswer(store);
    },
  );
}

function find(platform: Platform, call: Call): Store[] {
  const brandId = wordOf(call.query['merchantBrandId'], 1119);
  const locationId = wordOf(call.query['merchantLocationId'], 1120);
  if ((brandId === undefined) !== (locationId === undefined)) throw apiError(1122);
  if (brandId !== undefined && !/^(MPPOS|POSDK|POSFI).{5}$/.test(brandId)) throw apiError(1119);
  if (locationId !== undefined && locationId.length !== 5) throw apiError(1120);
  return platform.world.stores
    .all()
    .filter(
      (store) =>
        store.merchantVat === call.merchantVat &&
        (brandId === undefined || store.merchantBrandId === brandId) &&
        (locationId === undefined || store.merchantLocationId === locationId),
    );
}

function storeAnswer({ merchantVat: _vat, activated: _activated, ...store }: Store) {
  return store;
}

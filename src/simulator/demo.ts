import type { StoreSeed } from './stores.ts';

/** The well-known credentials and shop that every simulator knows unless told otherwise. */
export const DEMO_CLIENT_ID = '11111111-2222-4333-8444-555555555555';
export const DEMO_CLIENT_SECRET = 'demo-secret-that-opens-nothing-real';
export const DEMO_VAT = 'DK12345678';
export const DEMO_BRAND_ID = 'POSDK12345';
export const DEMO_LOCATION_ID = '10001';
export const DEMO_PHONE_NUMBER = '+4512345678';

export interface SimulatedClient {
  clientId: string;
  clientSecret: string;
  merchantVats: string[];
}

export const demoClient: SimulatedClient = {
  clientId: DEMO_CLIENT_ID,
  clientSecret: DEMO_CLIENT_SECRET,
  merchantVats: [DEMO_VAT],
};

/** The plain simulator serves a second merchant too, so that what is another's can be refused. */
export const SECOND_DEMO_VAT = 'FI12345678';

/** Another integrator of the demo merchant. */
export const neighbourClient: SimulatedClient = {
  clientId: '22222222-3333-4444-8555-666666666666',
  clientSecret: 'neighbour-secret-that-opens-nothing-real',
  merchantVats: [DEMO_VAT],
};

/** One store for each merchant that has none of its own. */
export function defaultStores(clients: readonly SimulatedClient[]): StoreSeed[] {
  const vats = new Set(clients.flatMap((client) => client.merchantVats));
  return [...vats].map((merchantVat) => ({
    merchantVat,
    merchantBrandId: merchantVat.startsWith('FI') ? 'POSFI12345' : DEMO_BRAND_ID,
    merchantLocationId: DEMO_LOCATION_ID,
  }));
}

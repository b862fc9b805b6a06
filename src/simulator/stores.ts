import { createHash } from 'node:crypto';

export interface Store {
  storeId: string;
  merchantVat: string;
  merchantBrandId: string;
  merchantLocationId: string;
  storeName: string;
  brandName: string;
  storeStreet: string;
  storeZipCode: string;
  storeCity: string;
  /** A store that is not activated takes no points of sale (409/1204). */
  activated: boolean;
}

export type StoreSeed = Pick<Store, 'merchantVat' | 'merchantBrandId' | 'merchantLocationId'> &
  Partial<Store>;

/** A whole store from what matters of it. Its id depends on nothing else, so it survives restarts. */
export function storeFrom(seed: StoreSeed): Store {
  const inFinland = seed.merchantVat.startsWith('FI');
  return {
    storeId: guidFrom(`${seed.merchantVat}/${seed.merchantBrandId}/${seed.merchantLocationId}`),
    storeName: inFinland ? 'Kulmakauppa' : 'Hjørnebutikken',
    brandName: 'Beacon Demo',
    storeStreet: inFinland ? 'Esimerkkikatu 1' : 'Eksempelvej 1',
    storeZipCode: inFinland ? '00100' : '1000',
    storeCity: inFinland ? 'Helsinki' : 'København',
    activated: true,
    ...seed,
  };
}

/** How notifications name a merchant. */
export function merchantIdOf(merchantVat: string): string {
  return guidFrom(merchantVat);
}

function guidFrom(text: string): string {
  const hex = createHash('sha256').update(text).digest('hex');
  const parts = [hex.slice(0, 8), hex.slice(8, 12), `4${hex.slice(13, 16)}`];
  return [...parts, `8${hex.slice(17, 20)}`, hex.slice(20, 32)].join('-');
}

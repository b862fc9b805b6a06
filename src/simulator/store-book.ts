import type { Store } from './stores.ts';

/** What of a store changes while the platform runs. */
export interface StoreCondition {
  storeId: string;
  /** A store that is not activated takes neither points of sale nor payments (409/1204). */
  activated: boolean;
  /** What it owns before all payments and refunds; negative after a pay-out. */
  openingMinorUnits: number;
}

/** The stores and what each could pay back: captured payments less refunds. */
export class StoreBook {
  readonly #stores: Map<string, Store>;
  readonly #opening = new Map<string, number>();
  readonly #earned = new Map<string, number>();

  constructor(stores: readonly Store[]) {
    this.#stores = new Map(stores.map((store) => [store.storeId, store]));
  }

  get(storeId: string): Store | undefined {
    return this.#stores.get(storeId.toLowerCase());
  }

  all(): Store[] {
    return [...this.#stores.values()];
  }

  /** In minor units of the currency of the store's country. */
  balanceOf(storeId: string): number {
    return (this.#opening.get(storeId) ?? 0) + (this.#earned.get(storeId) ?? 0);
  }

  earn(storeId: string, minorUnits: number): void {
    if (minorUnits !== 0) {
      this.#earned.set(storeId, (this.#earned.get(storeId) ?? 0) + minorUnits);
    }
  }

  /** The condition with which a store's balance is this. Throws when there is no such store. */
  withBalance(storeId: string, balanceMinorUnits: number): StoreCondition {
    const store = this.#existing(storeId);
    const earned = this.#earned.get(store.storeId) ?? 0;
    return {
      storeId: store.storeId,
      activated: store.activated,
      openingMinorUnits: balanceMinorUnits - earned,
    };
  }

  /** Throws when there is no such store. */
  withActivation(storeId: string, activated: boolean): StoreCondition {
    const store = this.#existing(storeId);
    const openingMinorUnits = this.#opening.get(store.storeId) ?? 0;
    return { storeId: store.storeId, activated, openingMinorUnits };
  }

  /** A store that is no longer there is no longer told of. */
  put({ storeId, activated, openingMinorUnits }: StoreCondition): void {
    const store = this.#stores.get(storeId);
    if (store === undefined) return;
    this.#stores.set(storeId, { ...store, activated });
    this.#opening.set(storeId, openingMinorUnits);
  }

  /** Of the stores whose condition was ever set. */
  conditions(): StoreCondition[] {
    return this.all().flatMap((store) => {
      const openingMinorUnits = this.#opening.get(store.storeId);
      const { storeId, activated } = store;
      return openingMinorUnits === undefined ? [] : [{ storeId, activated, openingMinorUnits }];
    });
  }

  #existing(storeId: string): Store {
    const store = this.get(storeId);
    if (store === undefined) throw new Error(`there is no store ${storeId}`);
    return store;
  }
}

import type { Explanation, RefusedSetup, SetupProblemKind } from '../ports.ts';
import type { WantedPos, WantedStore } from './wanted-pos.ts';

/** Why there is no PoS as configured, and which key to change: the same words as long as it lasts. */
export interface SetupProblem {
  kind: SetupProblemKind;
  message: string;
}

const OTHER_NAME = 'Set pos.merchantPosId to a name of its own.';

function storeKeys(store: WantedStore): string {
  if (store === 'the-only-one') return 'Set pos.storeId';
  return 'storeId' in store
    ? 'Correct pos.storeId'
    : 'Correct pos.merchantBrandId and pos.merchantLocationId';
}

function beaconIdTaken(beaconId: string, wanted: WantedPos): string {
  const taken = `Another point of sale at MobilePay has the beacon id ${beaconId}.`;
  return wanted.beaconId === null
    ? `${taken} It is the one this terminal had before: have that point of sale deleted, or set pos.beaconId to another id.`
    : `${taken} Set pos.beaconId to the id of this terminal, or have that point of sale deleted.`;
}

const messages: Record<RefusedSetup, (wanted: WantedPos, beaconId: string | null) => string> = {
  'store-not-found': ({ store }) =>
    `There is no such store at MobilePay. ${storeKeys(store)}; or leave the store out, and the terminal lists those there are.`,
  'store-not-activated': ({ store }) =>
    `The store is not activated at MobilePay. Have MobilePay activate it. ${storeKeys(store)} if it is another.`,
  'store-of-another-merchant': ({ store }) =>
    `The store belongs to another merchant. ${storeKeys(store)}, or mobilepay.merchantVat.`,
  'pos-id-taken': ({ merchantPosId }) =>
    `Another point of sale at MobilePay is called ${merchantPosId}. ${OTHER_NAME}`,
  'beacon-id-taken': (wanted, beaconId) => beaconIdTaken(beaconId ?? wanted.beaconId ?? '', wanted),
  'pos-of-another-integrator': ({ merchantPosId }) =>
    `The point of sale ${merchantPosId} belongs to another integrator. ${OTHER_NAME} Or have MobilePay remove that one.`,
  'pos-of-another-merchant': ({ merchantPosId }) =>
    `The point of sale ${merchantPosId} belongs to another merchant. Correct mobilepay.merchantVat. Or: ${OTHER_NAME}`,
};

/** The problem behind a refusal, whose meaning says what to do where no more is known of it. */
export function problemOfRefusal(
  code: string,
  { meaning, setup }: Explanation,
  wanted: WantedPos,
  beaconId: string | null,
): SetupProblem {
  if (setup !== null) return { kind: setup, message: messages[setup](wanted, beaconId) };
  return {
    kind: 'refused',
    message: `MobilePay refuses this point of sale with code ${code}: ${meaning}.`,
  };
}

export function beaconIdTakenProblem(beaconId: string, wanted: WantedPos): SetupProblem {
  return { kind: 'beacon-id-taken', message: beaconIdTaken(beaconId, wanted) };
}

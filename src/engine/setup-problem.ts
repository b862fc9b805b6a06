import type { SetupProblemKind } from '../ports.ts';
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

/** MobilePay's codes about what a person has configured (PoS V10, error codes). */
const problems: Record<
  string,
  { kind: SetupProblemKind; message: (wanted: WantedPos, beaconId: string | null) => string }
> = {
  1002: {
    kind: 'store-not-found',
    message: ({ store }) =>
      `There is no such store at MobilePay. ${storeKeys(store)}; or leave the store out, and the terminal lists those there are.`,
  },
  1204: {
    kind: 'store-not-activated',
    message: ({ store }) =>
      `The store is not activated at MobilePay. Have MobilePay activate it. ${storeKeys(store)} if it is another.`,
  },
  1403: {
    kind: 'store-of-another-merchant',
    message: ({ store }) =>
      `The store belongs to another merchant. ${storeKeys(store)}, or mobilepay.merchantVat.`,
  },
  1200: {
    kind: 'pos-id-taken',
    message: ({ merchantPosId }) =>
      `Another point of sale at MobilePay is called ${merchantPosId}. ${OTHER_NAME}`,
  },
  1202: {
    kind: 'beacon-id-taken',
    message: (wanted, beaconId) => beaconIdTaken(beaconId ?? wanted.beaconId ?? '', wanted),
  },
  1400: {
    kind: 'pos-of-another-integrator',
    message: ({ merchantPosId }) =>
      `The point of sale ${merchantPosId} belongs to another integrator. ${OTHER_NAME} Or have MobilePay remove that one.`,
  },
  ...Object.fromEntries(
    ['1409', '1410'].map((code) => [
      code,
      {
        kind: 'pos-of-another-integrator' as const,
        message: ({ merchantPosId }: WantedPos) =>
          `The point of sale ${merchantPosId} belongs to another merchant. Correct mobilepay.merchantVat. Or: ${OTHER_NAME}`,
      },
    ]),
  ),
};

/** What of the configuration a code about a malformed member speaks of. */
const keysOfCode: Record<string, string> = {
  1100: 'pos.beaconId',
  1111: 'pos.merchantPosId',
  1112: 'pos.name',
  1116: 'pos.callbackAlias',
  1119: 'pos.merchantBrandId',
  1120: 'pos.merchantLocationId',
  1159: 'mobilepay.merchantVat',
  1182: 'mobilepay.merchantVat',
};

/** The problem behind a refusal. `meaning`: the code in words, for those that no key explains. */
export function problemOfRefusal(
  code: string,
  meaning: string,
  wanted: WantedPos,
  beaconId: string | null,
): SetupProblem {
  const known = problems[code];
  if (known !== undefined) return { kind: known.kind, message: known.message(wanted, beaconId) };
  const key = keysOfCode[code];
  const remedy = key === undefined ? '' : ` Correct ${key}.`;
  return {
    kind: 'refused',
    message: `MobilePay refuses this point of sale with code ${code}: ${meaning}.${remedy}`,
  };
}

export function beaconIdTakenProblem(beaconId: string, wanted: WantedPos): SetupProblem {
  return { kind: 'beacon-id-taken', message: beaconIdTaken(beaconId, wanted) };
}

import type { Locale } from '../../src/contract/locale.ts';
import { declineReasons } from '../../src/contract/payment-snapshot.ts';
import type { Scene, ViewedPayment } from '../../src/panel/scenes.ts';
import { offScene, sceneOf } from '../../src/panel/scenes.ts';
import { servicePages } from '../../src/panel/service-pages.ts';
import type { TerminalView } from '../../src/ports.ts';
import { paymentOf, viewOf } from './view.ts';

interface Case {
  name: string;
  view: TerminalView;
  result?: ViewedPayment;
}

const longest = { currency: 'DKK', value: 99_999_999 } as const;
const currencyOf = { da: 'DKK', fi: 'EUR', en: 'DKK' } as const;
export const paying = (changes: Partial<ViewedPayment> = {}, view: Partial<TerminalView> = {}) =>
  viewOf({ phase: 'paying', payment: paymentOf(changes), ...view });
const settled = (changes: Partial<ViewedPayment>): Pick<Case, 'view' | 'result'> => ({
  view: viewOf(),
  result: paymentOf(changes),
});

/** As the platform words it for the cashier. */
export const notActivated = {
  da: 'Butik ikke aktiveret',
  fi: 'Kauppa ei käytössä',
  en: 'Store not activated',
};

const cases: Case[] = [
  { name: 'starting', view: viewOf({ phase: 'starting', mqttConnected: false }) },
  { name: 'starting, a payment in the journal', view: paying({}, { phase: 'starting' }) },
  { name: 'idle', view: viewOf() },
  { name: 'idle, no beacon id', view: viewOf({ beaconId: null }) },
  { name: 'idle, payment before check-in', view: viewOf({ takesCheckIns: false }) },
  { name: 'customer checked in', view: viewOf({ phase: 'checked-in', checkedIn: true }) },
  { name: 'invited', view: viewOf({ invited: true }) },
  { name: 'invited, no beacon', view: viewOf({ invited: true, advertising: false }) },
  { name: 'invited, no beacon id', view: viewOf({ invited: true, beaconId: null }) },
  {
    name: 'invited, and there',
    view: viewOf({ phase: 'checked-in', checkedIn: true, invited: true }),
  },
  {
    name: 'a text of the register',
    view: viewOf({ message: { lines: ['Hej Anna', 'og velkommen'] } }),
  },
  {
    name: 'a long text of the register',
    view: viewOf({ message: { lines: ['x'.repeat(40), 'smørrebrød på rugbrød', 'x', 'y'] } }),
  },
  { name: 'a code of the register', view: viewOf({ message: { qr: 'https://example.org/club' } }) },
  { name: 'waiting for the customer', view: paying() },
  { name: 'waiting, the largest amount', view: paying({ amount: longest }) },
  { name: 'waiting, no beacon id', view: paying({}, { beaconId: null }) },
  { name: 'waiting, amount not known yet', view: paying({ amount: null }) },
  { name: 'checked in, the amount is to come', view: paying({ amount: null, awaitsAmount: true }) },
  { name: 'the customer has it in the app', view: paying({ atCustomer: true }) },
  { name: 'approved', ...settled({ outcome: 'approved' }) },
  { name: 'approved, the largest amount', ...settled({ outcome: 'approved', amount: longest }) },
  ...declineReasons.map((reason) => ({
    name: `declined, ${reason}`,
    ...settled({ outcome: 'declined', reason }),
  })),
  {
    name: 'declined, MobilePay refused it',
    ...settled({ outcome: 'declined', reason: 'not-created', refusal: notActivated }),
  },
  { name: 'declined, reason not known', ...settled({ outcome: 'declined' }) },
  { name: 'unknown', view: paying({ outcome: 'unknown' }) },
  { name: 'register away', view: viewOf({ mqttConnected: false }) },
  { name: 'MobilePay away', view: viewOf({ faults: ['api-unreachable'] }) },
  ...(
    [
      'api-unreachable',
      'credentials-refused',
      'disk-full',
      'journal-damaged',
      'pos-shared',
    ] as const
  ).map((fault) => ({
    name: `out of order, ${fault}`,
    view: viewOf({ phase: 'out-of-order', faults: [fault] }),
  })),
  ...(
    [
      'pos-id-taken',
      'beacon-id-taken',
      'store-not-activated',
      'store-not-found',
      'store-not-chosen',
      'store-of-another-merchant',
      'pos-of-another-integrator',
      'refused',
    ] as const
  ).map((setupProblem) => ({
    name: `no PoS, ${setupProblem}`,
    view: viewOf({ phase: 'out-of-order', setupProblem }),
  })),
  { name: 'out of order, undecided', view: paying({}, { phase: 'out-of-order' }) },
  { name: 'identify', view: viewOf({ identifying: true }) },
  {
    name: 'identify, a long id',
    view: viewOf({ identifying: true, terminalId: 'copenhagen-central-station-till-14' }),
  },
];

function inCurrencyOf(locale: Locale, payment: ViewedPayment | null): ViewedPayment | null {
  if (!payment?.amount) return payment;
  return { ...payment, amount: { ...payment.amount, currency: currencyOf[locale] } };
}

/** A version of its own, so that the golden files do not change with Node's. */
function serviceScenes(locale: Locale): [string, Scene][] {
  const { lights } = sceneOf(viewOf(), locale, null);
  const pages = [
    ...servicePages(viewOf(), locale, ['192.168.100.200']),
    ...servicePages(viewOf({ faults: ['display-unreachable', 'pos-outdated'] }), locale, []),
  ];
  return pages.map((display, index) => [
    `service, page ${index + 1}`,
    { display: { ...display, detail: display.detail.replace(/Node.*/, 'Node 20.19') }, lights },
  ]);
}

/** Every scene there is, each named, some in the extremes. */
export const scenes = (locale: Locale): [string, Scene][] => [
  ...cases.map(({ name, view, result }): [string, Scene] => [
    name,
    sceneOf(
      { ...view, payment: inCurrencyOf(locale, view.payment) },
      locale,
      inCurrencyOf(locale, result ?? null),
    ),
  ]),
  ...serviceScenes(locale),
  ['stopped', offScene(locale)],
];

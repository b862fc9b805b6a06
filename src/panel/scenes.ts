import type { DisplayContent, LightPattern } from '../contract/device.ts';
import type { FaultCode } from '../contract/faults.ts';
import type { Locale } from '../contract/locale.ts';
import type { DeclineReason } from '../contract/payment-snapshot.ts';
import type { SetupProblemKind, TerminalView } from '../ports.ts';
import { amountText } from './amount-text.ts';
import type { LitScene } from './light-patterns.ts';
import { lightPatterns } from './light-patterns.ts';
import { qrText } from './qr-text.ts';
import type { SceneName } from './scene-names.ts';
import type { WordingName } from './texts.ts';
import { cut, wordingOf } from './texts.ts';

export type ViewedPayment = NonNullable<TerminalView['payment']>;

export interface Scene {
  display: DisplayContent;
  lights: LightPattern;
}

interface Choice {
  scene: LitScene;
  wording: WordingName;
  /** Whose amount stands on the display, if any. */
  amountOf?: ViewedPayment;
  invites?: boolean;
  /** In place of the wording's second line. */
  detail?: Record<Locale, string> | null;
}

const declineWordings: Record<DeclineReason, WordingName> = {
  'customer-refused': 'refused',
  'customer-timeout': 'timedOut',
  expired: 'timedOut',
  'by-register': 'cancelled',
  'by-terminal': 'cancelled',
  'by-platform': 'cancelled',
  'not-created': 'failed',
  'late-approval': 'tooLate',
};

/** What somebody at the counter can do about an outage, the gravest first. */
const remedies: readonly (readonly [FaultCode, WordingName])[] = [
  ['journal-damaged', 'callSupport'],
  ['disk-full', 'freeDiskSpace'],
  ['credentials-refused', 'checkCredentials'],
  ['api-unreachable', 'checkNetwork'],
];

const setupWordings: Record<SetupProblemKind, WordingName> = {
  'pos-id-taken': 'posIdTaken',
  'beacon-id-taken': 'beaconIdTaken',
  'store-not-activated': 'storeNotActivated',
  'store-not-found': 'storeNotFound',
  'store-not-chosen': 'chooseStore',
  'store-of-another-merchant': 'storeOfAnother',
  'pos-of-another-integrator': 'posOfAnother',
  'pos-of-another-merchant': 'posOfAnother',
  refused: 'checkSetup',
};

export function isDecided(payment: ViewedPayment): boolean {
  return payment.outcome === 'approved' || payment.outcome === 'declined';
}

/**
 * What the panel shows for a view. `result` is the decided payment whose result still lingers;
 * an undecided payment in the view overrides it. Outcome decides, never MobilePay's own status.
 */
export function sceneOf(view: TerminalView, locale: Locale, result: ViewedPayment | null): Scene {
  const scene = sceneFrom(choose(view, result), view, locale);
  const inHand = view.payment !== null && !isDecided(view.payment);
  if (view.message === null || inHand || !givingWay.has(scene.display.scene)) return scene;
  return { display: messageOf(view.message, locale), lights: scene.lights };
}

/** What stays behind when the terminal has been stopped: nothing that invites anybody. */
export function offScene(locale: Locale): Scene {
  const wording = wordingOf('off', locale, '');
  return {
    display: { scene: 'off', ...wording, amount: null, qr: null, lines: null },
    lights: lightPatterns.off,
  };
}

function choose(view: TerminalView, result: ViewedPayment | null): Choice {
  const payment = view.payment;
  if (payment && !isDecided(payment)) return undecided(view, payment);
  if (result) return resultOf(result);
  if (view.identifying) return { scene: 'identify', wording: 'identify' };
  if (view.phase === 'out-of-order') return { scene: 'out-of-order', wording: remedyFor(view) };
  if (view.phase === 'starting') return { scene: 'starting', wording: 'starting' };
  if (!view.mqttConnected) return { scene: 'disconnected', wording: 'registerAway' };
  if (view.faults.includes('api-unreachable')) {
    return { scene: 'disconnected', wording: 'mobilePayAway' };
  }
  if (view.checkedIn || view.phase === 'checked-in')
    return { scene: 'welcome', wording: 'welcome' };
  if (view.invited && view.beaconId !== null) {
    const wording = view.advertising ? 'invited' : 'invitedByCode';
    return { scene: 'inviting', wording, invites: true };
  }
  const hasCode = view.beaconId !== null && view.takesCheckIns;
  return { scene: 'idle', wording: hasCode ? 'idle' : 'idleWithoutCode', invites: hasCode };
}

/** What the register wants shown stands in for these; everything else is more urgent. */
const givingWay: ReadonlySet<string> = new Set<LitScene>(['idle', 'inviting', 'welcome']);

function messageOf(message: NonNullable<TerminalView['message']>, locale: Locale): DisplayContent {
  const none = { scene: 'message' satisfies SceneName, amount: null };
  if ('qr' in message) {
    return { ...none, ...wordingOf('codeOfRegister', locale, ''), qr: message.qr, lines: null };
  }
  const { lines } = message;
  const [title = '', ...others] = lines;
  return { ...none, title: cut(title), detail: cut(others.join(' ')), qr: null, lines };
}

function undecided(view: TerminalView, payment: ViewedPayment): Choice {
  if (view.phase === 'out-of-order') {
    return { scene: 'out-of-order', wording: 'outOfOrderUndecided', amountOf: payment };
  }
  // What the journal held at boot is old until MobilePay has been asked.
  if (payment.outcome === 'unknown' || view.phase === 'starting') {
    return { scene: 'unknown', wording: 'unknown', amountOf: payment };
  }
  if (payment.awaitsAmount) return { scene: 'welcome', wording: 'welcome', amountOf: payment };
  if (payment.atCustomer) return { scene: 'approve', wording: 'approve', amountOf: payment };
  return {
    scene: 'waiting',
    wording: view.beaconId === null ? 'waitingWithoutCode' : 'waiting',
    amountOf: payment,
    invites: true,
  };
}

/**
 * A decline shows no amount: a large figure would be taken for a sum that was paid. What MobilePay
 * refused to create says what to do about it.
 */
function resultOf(result: ViewedPayment): Choice {
  if (result.outcome === 'approved') {
    return { scene: 'approved', wording: 'approved', amountOf: result };
  }
  return {
    scene: 'declined',
    wording: result.reason ? declineWordings[result.reason] : 'refused',
    detail: result.reason === 'not-created' ? result.refusal : null,
  };
}

function remedyFor(view: TerminalView): WordingName {
  const remedy = remedies.find(([fault]) => view.faults.includes(fault))?.[1];
  return remedy ?? (view.setupProblem === null ? 'checkSetup' : setupWordings[view.setupProblem]);
}

function sceneFrom(choice: Choice, view: TerminalView, locale: Locale): Scene {
  const amount = choice.amountOf?.amount ?? null;
  const { title, detail } = wordingOf(choice.wording, locale, view.terminalId);
  return {
    display: {
      scene: choice.scene,
      title,
      detail: choice.detail?.[locale] ?? detail,
      amount: amount && amountText(amount, locale),
      qr: choice.invites && view.beaconId !== null ? qrText(view.beaconId) : null,
      lines: null,
    },
    lights: lightPatterns[choice.scene],
  };
}

import { createHash } from 'node:crypto';
import { ApiError, apiError } from './api-error.ts';
import { DEMO_PHONE_NUMBER } from './demo.ts';
import type { Notifier } from './notifier.ts';
import type { CardKind, Customer, Payment } from './payment.ts';
import { act } from './payment.ts';
import type { Pos } from './pos.ts';
import type { World } from './world.ts';

export interface CheckInOptions {
  phoneNumber?: string | undefined;
  /** Instead of those that go with the phone number. */
  loyaltyIds?: string[] | undefined;
}

export interface AcceptOptions {
  phoneNumber?: string | undefined;
  /** What the customer's card allows; default: the simulator's. */
  partialCapturePossible?: boolean | undefined;
  /** The card to pay with; default: one that the payment takes. */
  card?: CardKind | undefined;
  /** The customer says yes, but the money cannot be reserved: CancelledByMobilePay. */
  fails?: boolean | undefined;
}

/** The customer holds the phone to a beacon, or scans its QR code. */
export function checkIn(
  { world, notifier }: { world: World; notifier: Notifier },
  beaconId: string,
  options: CheckInOptions = {},
): void {
  const phoneNumber = options.phoneNumber ?? DEMO_PHONE_NUMBER;
  const pos = posOf(world, beaconId);
  const payment = world.activePayment(pos.posId);
  if (pos.requirePaymentBeforeCheckin && payment === undefined) {
    throw refused('this point of sale wants a payment before the check-in');
  }
  if (payment?.customer && payment.customer.phoneNumber !== phoneNumber) {
    throw refused('another customer is paying here');
  }
  if (payment?.customer) return;
  const member = checkInCustomer(phoneNumber, world.nowMs());
  const customer = { ...member, loyaltyIds: options.loyaltyIds ?? member.loyaltyIds };
  world.checkIn(pos.posId, customer);
  notifier.checkedIn(pos, world.stores.get(pos.storeId));
  if (payment === undefined) return;
  const paired = act(payment, 'checkIn', world.nowMs(), world.settings.lifetimes);
  if (paired !== undefined) world.put({ ...paired, customer });
}

/** The customer swipes to pay. */
export function accept(world: World, beaconId: string, options: AcceptOptions = {}): Payment {
  const payment = paymentOf(world, beaconId);
  const { phoneNumber, partialCapturePossible, card, fails } = options;
  if (phoneNumber !== undefined && payment.customer?.phoneNumber !== phoneNumber) {
    throw refused('this payment is not for that phone number');
  }
  if (payment.status !== 'IssuedToUser') throw refused('there is no payment to accept yet');
  checkCard(payment, card);
  const decided = act(payment, fails ? 'fail' : 'accept', world.nowMs(), world.settings.lifetimes);
  if (decided === undefined) throw refused('there is no payment to accept');
  const accepted = {
    ...decided,
    partialCapturePossible: partialCapturePossible ?? decided.partialCapturePossible,
  };
  world.put(accepted);
  world.checkOut(payment.posId);
  return accepted;
}

/** The app offers no card of a kind that the payment disallows. */
function checkCard({ terms }: Payment, card: CardKind | undefined): void {
  const disallowed = {
    debit: terms?.restrictions?.debitCardDisallowed ?? false,
    credit: terms?.restrictions?.creditCardDisallowed ?? false,
  };
  if (card !== undefined && disallowed[card]) {
    throw refused(`this payment does not take a ${card} card`);
  }
  if (disallowed.debit && disallowed.credit) throw refused('this payment takes no card at all');
}

/** The customer says no to the payment on the screen. */
export function refuse(world: World, beaconId: string): Payment {
  const payment = paymentOf(world, beaconId);
  const refusedPayment = act(payment, 'refuse', world.nowMs(), world.settings.lifetimes);
  if (refusedPayment === undefined) throw refused('there is no payment to refuse yet');
  world.put(refusedPayment);
  world.checkOut(payment.posId);
  return refusedPayment;
}

function posOf(world: World, beaconId: string): Pos {
  const pos = world.posOfBeacon(beaconId);
  if (pos === undefined) throw apiError(1000, 'no point of sale has this beaconId');
  return pos;
}

function paymentOf(world: World, beaconId: string): Payment {
  const payment = world.activePayment(posOf(world, beaconId).posId);
  if (payment === undefined) throw apiError(1001, 'no payment is active at this beacon');
  return payment;
}

/** The vendor documents no code for what a phone's screen would simply not offer. */
function refused(message: string): ApiError {
  return new ApiError(409, null, message);
}

/** The same phone number is the same person to every merchant; an even one is a club member. */
export function checkInCustomer(phoneNumber: string, nowMs: number): Customer {
  const digest = createHash('sha256').update(phoneNumber).digest('hex');
  const even = /[02468]$/.test(phoneNumber);
  return {
    phoneNumber,
    customerToken: digest.slice(0, 40),
    customerReceiptToken: even ? digest.slice(32, 64) : '',
    loyaltyIds: even ? [`club-${digest.slice(40, 46)}`] : [],
    checkedInAtMs: nowMs,
  };
}

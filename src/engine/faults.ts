import type { FaultCode } from '../contract/faults.ts';
import type { EpochMs } from '../payment/events.ts';

export interface Fault {
  code: FaultCode;
  message: string;
  since: EpochMs;
}

/**
 * Something that happened once and is over when it is told (an event, nothing to heal), or a
 * condition that stays in the state until its cause goes.
 */
export const faultKinds: Record<FaultCode, 'once' | 'condition'> = {
  'foreign-payment-cancelled': 'once',
  'unknown-reservation': 'once',
  'pos-shared': 'once',
  'pos-outdated': 'condition',
  'late-approval': 'once',
  'money-lost': 'once',
  'capture-overdue': 'condition',
  'refund-overdue': 'condition',
  'duplicate-terminal': 'condition',
  'api-unreachable': 'condition',
  'credentials-refused': 'condition',
  'journal-damaged': 'condition',
  'disk-full': 'condition',
  'clock-untrusted': 'condition',
  'adapter-missing': 'condition',
  'adapter-blocked': 'condition',
  'adapter-busy': 'condition',
  'radio-down': 'condition',
  'no-permission': 'condition',
  'gpio-missing': 'condition',
  'display-unreachable': 'condition',
};

/** What each fault means and what to do, for the person who reads the event. */
export const faultMessages: Record<FaultCode, string> = {
  'foreign-payment-cancelled':
    'A payment that another client had left on this PoS blocked a start and was cancelled.',
  'unknown-reservation':
    'A reserved payment of another client lies on this PoS. It was left alone: capture or cancel it where it was made.',
  'pos-shared':
    'Another client keeps starting payments on this PoS. Give each terminal a merchantPosId of its own.',
  'pos-outdated':
    'The PoS at MobilePay differs from the configuration; the old one is used until it can be replaced.',
  'late-approval':
    'The customer approved after the time had run out. The reservation is being cancelled; no money is taken.',
  'money-lost':
    'Money went otherwise than intended: a reservation that should have been captured ended without money, or a refund that should have been cancelled was paid out.',
  'capture-overdue':
    'A reserved payment has waited too long to be captured or cancelled. The list of open payments and `beacon-terminal status` name it.',
  'refund-overdue':
    'A refund has been undecided, or its cancel unconfirmed, for 20 hours. MobilePay pays a reserved refund out by itself after 24 hours: capture it or cancel it now. `beacon-terminal status` names it.',
  'duplicate-terminal':
    'Another device runs under this terminal id. Stop one of them, or give it an id of its own.',
  'api-unreachable': 'MobilePay does not answer. It is tried again by itself.',
  'credentials-refused':
    'MobilePay refuses the client id or secret. Correct them; it is tried again by itself.',
  'journal-damaged': 'The journal is damaged. Run: beacon-terminal journal salvage',
  'disk-full': 'The disk is full, so nothing can be journalled. Free some space.',
  'clock-untrusted':
    "The clock of this device is wrong; MobilePay's time is used instead. Check time synchronisation.",
  'adapter-missing': 'No Bluetooth adapter was found.',
  'adapter-blocked': 'The Bluetooth adapter is blocked by rfkill.',
  'adapter-busy': 'Another program owns the Bluetooth adapter.',
  'radio-down': 'The beacon is not being advertised.',
  'no-permission': 'The service lacks permission for a device.',
  'gpio-missing': 'The configured GPIO chip was not found.',
  'display-unreachable': 'The display does not answer.',
};

import type { DatedEvent, PersonalData, SeenPayment } from '../payment/events.ts';
import type { DatedRefundEvent } from '../refund/events.ts';
import { canonicalJson } from './canonical-json.ts';

/** An event as it is stored: what is hashed, and apart from it what will be erased one day. */
export interface StoredEvent {
  at: number;
  /** Canonical JSON of the event without `at` and without personal data. */
  body: string;
  /** JSON of the personal data; null where there is none, or no longer. */
  personal: string | null;
}

const nobody: PersonalData = {
  loyaltyIds: null,
  customerToken: null,
  customerReceiptToken: null,
};

function isAnonymous(personal: PersonalData): boolean {
  return (
    personal.loyaltyIds === null &&
    personal.customerToken === null &&
    personal.customerReceiptToken === null
  );
}

export function storedEventOf(event: DatedEvent): StoredEvent {
  const { at, ...rest } = event;
  if (rest.type !== 'observed' && rest.type !== 'adopted') {
    return { at, body: canonicalJson(rest), personal: null };
  }
  const { personal, ...seen } = rest.seen;
  return {
    at,
    body: canonicalJson({ type: rest.type, seen }),
    personal: isAnonymous(personal) ? null : JSON.stringify(personal),
  };
}

/** @throws SyntaxError where the stored text is damaged */
export function eventOf(stored: StoredEvent): DatedEvent {
  const event = JSON.parse(stored.body) as DatedEvent;
  event.at = stored.at;
  if (event.type === 'observed' || event.type === 'adopted') {
    const seen: SeenPayment = event.seen;
    seen.personal =
      stored.personal === null ? nobody : (JSON.parse(stored.personal) as PersonalData);
  }
  return event;
}

/** A refund's events name no customer. */
export function storedRefundEventOf(event: DatedRefundEvent): StoredEvent {
  const { at, ...rest } = event;
  return { at, body: canonicalJson(rest), personal: null };
}

/** @throws SyntaxError where the stored text is damaged */
export function refundEventOf(stored: StoredEvent): DatedRefundEvent {
  const event = JSON.parse(stored.body) as DatedRefundEvent;
  event.at = stored.at;
  return event;
}

import { amountWords } from '../contract/amount-words.ts';
import type { DeclineReason } from '../contract/payment-snapshot.ts';
import { explain } from '../mobilepay/error-table.ts';
import type { DatedEvent, PaymentEventType, Refusal, SeenPayment } from '../payment/events.ts';

type EventOf<T extends PaymentEventType> = Extract<DatedEvent, { type: T }>;
type TimeWords = (epochMs: number) => string;

const reasonWords: Record<DeclineReason, string> = {
  'customer-refused': 'the customer refused',
  'customer-timeout': "the customer's time ran out",
  'by-register': 'the register asked for it',
  'by-terminal': 'the cancel button was pressed',
  'by-platform': 'MobilePay ended it',
  expired: 'it expired',
  'not-created': 'it was never created',
  'late-approval': 'the customer approved too late',
};

export function refusalWords({ status, code, correlationId }: Refusal): string {
  const id = correlationId === null ? 'no correlation id' : `correlation id ${correlationId}`;
  return `${explain(code).meaning}; code ${code}, HTTP ${status}, ${id}`;
}

export function callWords(correlationId: string | null | undefined): string {
  return correlationId ? ` (correlation id ${correlationId})` : '';
}

function captureWords(autoCapture: boolean): string {
  return autoCapture
    ? 'Captured as soon as it is approved.'
    : 'The register decides about the capture.';
}

function seenWords(seen: SeenPayment): string {
  const amount = seen.amount === null ? '' : `, ${amountWords(seen.amount)}`;
  return `payment ${seen.paymentId} is ${seen.status}${amount}${callWords(seen.correlationId)}`;
}

const words: { [T in PaymentEventType]: (event: EventOf<T>, timeOf: TimeWords) => string } = {
  started: (event, timeOf) =>
    [
      `The register asked for ${amountWords(event.amount)}.`,
      event.deadline === null ? '' : `The customer has until ${timeOf(event.deadline)};`,
      `it may be created until ${timeOf(event.expiresAt)}.`,
      captureWords(event.autoCapture),
      `Idempotency key ${event.idempotencyKey}, PoS ${event.posId ?? 'unknown'}.`,
    ]
      .filter((sentence) => sentence !== '')
      .join(' '),
  preparationStarted: ({ deadline, expiresAt, idempotencyKey, posId }, timeOf) =>
    [
      'The register asked for a payment whose amount it will say later.',
      deadline === null ? '' : `It is given up at ${timeOf(deadline)}, unless it is ready by then;`,
      `it may be created until ${timeOf(expiresAt)}.`,
      `Idempotency key ${idempotencyKey}, PoS ${posId ?? 'unknown'}.`,
    ]
      .filter((sentence) => sentence !== '')
      .join(' '),
  readied: ({ amount, autoCapture, customerTimeoutSeconds, expiresAt, at }, timeOf) =>
    [
      `The register said the amount: ${amountWords(amount)}.`,
      `The customer has until ${timeOf(at + customerTimeoutSeconds * 1000)};`,
      `MobilePay is told from ${timeOf(expiresAt)} on only if it has been tried before.`,
      captureWords(autoCapture),
    ].join(' '),
  readyAnswered: ({ correlationId }) =>
    `MobilePay has the amount and asks the customer${callWords(correlationId)}.`,
  readyRefused: ({ refusal, final }) =>
    `MobilePay refused the amount (${refusalWords(refusal)}). ${final ? 'The customer is not asked.' : 'An earlier attempt may have succeeded: MobilePay is asked.'}`,
  adopted: ({ seen }) =>
    `Found at MobilePay, though this journal did not know it: ${seenWords(seen)}.`,
  sought: () =>
    'The register cancelled an order this journal did not know, and MobilePay could not be asked. It is looked for, and cancelled should it exist.',
  barred: () =>
    'The register cancelled an order that nobody knows. A later start of it is refused.',
  createAnswered: ({ paymentId, correlationId }) =>
    `MobilePay created payment ${paymentId}${callWords(correlationId)}.`,
  createUnanswered: () =>
    'MobilePay did not answer the creation: the payment may exist or not. It is looked for.',
  createUnsent: () => 'MobilePay could not be reached: nothing was sent, nothing exists.',
  createRefused: ({ refusal, proof }) =>
    `MobilePay refused to create it (${refusalWords(refusal)}). ${proof ? 'Nothing exists.' : 'An earlier attempt may have succeeded: it is looked for.'}`,
  rekeyed: ({ idempotencyKey }) =>
    `The first key is proven unused; it is created under idempotency key ${idempotencyKey}.`,
  foreignCancelIntended: ({ paymentId }) =>
    `Payment ${paymentId} of another client blocked this PoS: decided to cancel it.`,
  observed: ({ seen }) => `MobilePay says: ${seenWords(seen)}.`,
  absenceConcluded: () =>
    'Looked for until the last time, and not found: no creation reached MobilePay.',
  cancelIntended: ({ reason }) => `Decided to cancel, because ${reasonWords[reason]}.`,
  cancelAnswered: ({ correlationId }) =>
    `MobilePay confirmed the cancellation${callWords(correlationId)}.`,
  cancelRefused: ({ refusal }) => `MobilePay refused the cancellation (${refusalWords(refusal)}).`,
  captureIntended: ({ amount }) => `Decided to capture ${amountWords(amount)}.`,
  captureAnswered: ({ correlationId }) =>
    `MobilePay confirmed the capture: the money is taken${callWords(correlationId)}.`,
  captureRefused: ({ refusal }) => `MobilePay refused the capture (${refusalWords(refusal)}).`,
};

/** An entry of the journal in plain English, without anything that belongs to a person. */
export function eventWords(event: DatedEvent, timeOf: TimeWords): string {
  const tell = words[event.type] as (event: DatedEvent, timeOf: TimeWords) => string;
  return tell(event, timeOf);
}

import { amountWords } from '../contract/amount-words.ts';
import type { DatedRefundEvent, RefundEventType, SeenRefund } from '../refund/events.ts';
import { callWords, refusalWords } from './event-words.ts';

type EventOf<T extends RefundEventType> = Extract<DatedRefundEvent, { type: T }>;
type TimeWords = (epochMs: number) => string;

function seenWords({ refundId, status, amount, correlationId }: SeenRefund): string {
  return `refund ${refundId} is ${status}, ${amountWords(amount)}${callWords(correlationId)}`;
}

const words: { [T in RefundEventType]: (event: EventOf<T>, timeOf: TimeWords) => string } = {
  started: (event, timeOf) =>
    [
      `The register asked to give back ${amountWords(event.amount)}`,
      event.orderId === null ? '' : ` of order ${event.orderId}`,
      `, payment ${event.paymentId}. It may be created until ${timeOf(event.repeatUntil)}. `,
      event.autoCapture
        ? 'Paid out as soon as it is reserved. '
        : 'The register decides about the payout. ',
      `Idempotency key ${event.idempotencyKey}.`,
    ].join(''),
  barred: () =>
    'The register cancelled a refund that this terminal had not begun. A later start of it is refused.',
  createAnswered: ({ refundId, correlationId }) =>
    `MobilePay created refund ${refundId}${callWords(correlationId)}.`,
  createUnanswered: () =>
    'MobilePay did not answer the creation: the refund may exist or not. It is looked for.',
  createUnsent: () => 'MobilePay could not be reached: nothing was sent, nothing exists.',
  createRefused: ({ refusal, proof }) =>
    `MobilePay refused to create it (${refusalWords(refusal)}). ${proof ? 'Nothing exists.' : 'An earlier attempt may have succeeded: it is looked for.'}`,
  observed: ({ seen }) => `MobilePay says: ${seenWords(seen)}.`,
  absenceConcluded: () =>
    'Looked for until the last time, and not found: no creation reached MobilePay.',
  cancelIntended: () => 'Decided to cancel, because the register asked for it.',
  cancelAnswered: ({ correlationId }) =>
    `MobilePay confirmed the cancellation: nothing is paid out${callWords(correlationId)}.`,
  cancelRefused: ({ refusal }) => `MobilePay refused the cancellation (${refusalWords(refusal)}).`,
  captureIntended: () => 'Decided to pay it out.',
  captureAnswered: ({ correlationId }) =>
    `MobilePay confirmed the payout: the money is given back${callWords(correlationId)}.`,
  captureRefused: ({ refusal }) => `MobilePay refused the payout (${refusalWords(refusal)}).`,
};

/** An entry about a refund in plain English. */
export function refundEventWords(event: DatedRefundEvent, timeOf: TimeWords): string {
  const tell = words[event.type] as (event: DatedRefundEvent, timeOf: TimeWords) => string;
  return tell(event, timeOf);
}

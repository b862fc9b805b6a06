import type { CommandName } from '../../src/contract/commands.ts';
import type { EventName } from '../../src/contract/messages.ts';

export const INTRODUCTION = `What a beacon-terminal says and hears over MQTT. The prose stands in mqtt.md; this file is
generated from the schemas in the code and tested against them.

Operations are named from the terminal's side: it sends state, events and replies, and receives
commands. Everything is JSON in UTF-8, QoS 1 unless stated. Amounts are whole minor units. Times are
RFC 3339 in UTC. A register needs one field of a payment only: \`outcome\`.
`;

export const eventTexts: Record<EventName, string> = {
  payment: 'A payment changed. Ignore a revision lower than the one you know.',
  refund: 'A refund changed. Ignore a revision lower than the one you know.',
  checkin: 'A customer checked in or left.',
  button: 'A button of the terminal was pressed.',
  fault: 'Something needs a person, or has been put right.',
};

export const commandTexts: Record<CommandName, { summary: string; description?: string }> = {
  'payment/start': {
    summary: 'Ask the customer for an amount.',
    description:
      '`expiresAt` limits when the terminal may begin (at most 1 h ahead); `customerTimeoutSeconds` is how long the customer then has. An `orderId` is started once per terminal, ever.',
  },
  'payment/prepare': {
    summary: 'Let a customer check in for an order whose amount is not known yet.',
    description:
      'Answered with the payment, `pending` and without an amount. Given up as `expired` unless a `payment/ready` follows within an hour.',
  },
  'payment/ready': {
    summary: 'Say the amount of a prepared order, and ask the customer.',
    description:
      'Also before a customer has checked in, and before the prepare is answered. The customer’s time counts from here. Once per order: the same terms again answer with the payment, others with `wrong-state`.',
  },
  'payment/capture': {
    summary: 'Take the reserved money, all of it or less.',
    description: 'Needed only for payments started with `autoCapture: false`.',
  },
  'payment/cancel': {
    summary: 'Give up an order. Never too late to be heard.',
    description:
      'Refused with `wrong-state` once the money is captured or bound to be. `expiresAt` is ignored.',
  },
  'payment/get': { summary: 'Ask where an order stands.' },
  'payment/list': { summary: 'List the open payments, or those that changed since a time.' },
  'refund/start': { summary: 'Give money back.' },
  'refund/capture': { summary: 'Carry out a reserved refund.' },
  'refund/cancel': { summary: 'Give up a refund.' },
  'refund/get': { summary: 'Ask where a refund stands.' },
  'checkin/watch': { summary: 'Begin or end to look for a customer who checks in.' },
  'checkin/notify': {
    summary: 'Pass on a check-in notification of MobilePay.',
    description: 'The terminal asks MobilePay who checked in; it believes nothing in the body.',
  },
  'display/show': { summary: 'Show a text or a QR code while idle.' },
  'terminal/identify': { summary: 'Make the terminal show which one it is.' },
  'terminal/diagnose': { summary: 'Ask the terminal how it is.' },
  'terminal/restart': {
    summary: 'Restart the terminal.',
    description: 'Answers first. Refused with `busy` while a payment is undecided.',
  },
  'terminal/log-level': { summary: 'Change how much the terminal logs.' },
};

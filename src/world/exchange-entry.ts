import type { Exchange } from '../simulator/exchange.ts';
import type { Operation } from '../simulator/operations.ts';
import type { MeaningCode } from './page/world-view.ts';
import type { NewEntry } from './timeline.ts';

const meanings: Record<Operation, MeaningCode> = {
  getToken: 'token',
  findStores: 'stores',
  findDetailedStores: 'stores',
  getStore: 'stores',
  findPos: 'find-pos',
  createPos: 'create-pos',
  getPos: 'get-pos',
  deletePos: 'delete-pos',
  getCheckin: 'poll-checkin',
  findPayments: 'find-payments',
  startPayment: 'start-payment',
  preparePayment: 'call',
  readyPayment: 'call',
  capturePayment: 'capture-payment',
  cancelPayment: 'cancel-payment',
  getPayment: 'poll-payment',
  findRefunds: 'call',
  createRefund: 'call',
  getRefund: 'call',
  captureRefund: 'call',
  cancelRefund: 'call',
  simulateCheckin: 'phone-checks-in',
  simulateAccept: 'phone-accepts',
  simulateRefusal: 'phone-refuses',
};

/** A call to MobilePay as a line of the timeline. */
export function exchangeEntry(exchange: Exchange): NewEntry {
  const { status, operation } = exchange;
  const answer = answerText(exchange);
  return {
    lane: 'http',
    atMs: Math.round(exchange.arrivedAtMs),
    from: 'terminal',
    to: 'mobilepay',
    meaning: {
      code: operation === null ? 'call' : meanings[operation],
      ...(exchange.summary === '' ? {} : { word: exchange.summary }),
    },
    tone: status !== null && status < 400 ? 'plain' : 'bad',
    wire: `${exchange.method} ${withoutIds(exchange.path)} → ${answer}`,
    payload: `${exchange.method} ${exchange.path}\n${answer} · ${Math.round(exchange.durationMs)} ms · ${exchange.correlationId}`,
  };
}

function answerText({ status, errorCode }: Exchange): string {
  if (status === null) return 'no answer';
  return errorCode === null ? String(status) : `${status}/${errorCode}`;
}

/** The path as a person reads it: base and query gone, a GUID cut to its first eight digits. */
function withoutIds(path: string): string {
  return (path.split('?', 1)[0] ?? path)
    .replace(/^\/pos\/v10/, '')
    .replace(/([0-9a-f]{8})-[0-9a-f-]{27}/gi, '$1…');
}

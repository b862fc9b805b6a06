import { byId } from '../../page/element.ts';
import { moneyText } from '../../page/money-text.ts';
import type { Language } from '../../page/shown.ts';
import type { ShownPayment } from './console-view.ts';
import { reasonText, textOf } from './texts.ts';
import { timeText } from './time-text.ts';

const marks: Record<ShownPayment['outcome'], string> = {
  approved: 'check',
  declined: 'cross',
  pending: 'wait',
  unknown: 'question',
};

/** The last payments, newest first. */
export function createPaymentsPart() {
  let shown = '';
  return {
    render(payments: readonly ShownPayment[], language: Language) {
      byId('no-payments').hidden = payments.length > 0;
      byId('payment-table').hidden = payments.length === 0;
      const now = JSON.stringify([payments, language]);
      if (now === shown) return;
      shown = now;
      byId('payment-rows').replaceChildren(...payments.map((each) => rowOf(each, language)));
    },
  };
}

function rowOf(payment: ShownPayment, language: Language): HTMLElement {
  const { orderId, amount, outcome, reason, at } = payment;
  const row = document.createElement('tr');
  row.dataset['outcome'] = outcome;
  const why = reason === null ? null : reasonText(language, reason);
  const time = document.createElement('time');
  time.dateTime = at;
  time.textContent = timeText(at, language);
  row.append(
    cellOf('outcome', markOf(outcome), wordsOf(textOf(language, `outcome-${outcome}`), why)),
    cellOf('order', orderId),
    cellOf('time', time),
    cellOf('figure', amount === null ? '' : moneyText(amount, language)),
  );
  return row;
}

function cellOf(name: string, ...content: (Node | string)[]): HTMLElement {
  const cell = document.createElement('td');
  cell.className = name;
  cell.append(...content);
  return cell;
}

function wordsOf(outcome: string, why: string | null): HTMLElement {
  const words = document.createElement('span');
  const first = document.createElement('b');
  first.textContent = outcome;
  words.append(first);
  if (why !== null) words.append(` ${why}`);
  return words;
}

function markOf(outcome: ShownPayment['outcome']): SVGElement {
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  svg.setAttribute('class', 'mark');
  svg.setAttribute('viewBox', '0 0 48 48');
  svg.setAttribute('aria-hidden', 'true');
  const use = document.createElementNS('http://www.w3.org/2000/svg', 'use');
  use.setAttribute('href', `#mark-${marks[outcome]}`);
  svg.append(use);
  return svg;
}

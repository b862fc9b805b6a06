import { byId, setMark, setText } from '../../page/element.ts';
import { lengthOf, moneyText } from '../../page/money-text.ts';
import type { Language } from '../../page/shown.ts';
import { act } from './server-link.ts';
import type { TextKey } from './texts.ts';
import { textOf } from './texts.ts';
import type { Action, PhoneScreen, PhoneView } from './world-view.ts';

const marks: Record<PhoneScreen, string> = {
  alone: 'near',
  nearby: 'near',
  'checked-in': 'wait',
  asked: 'coin',
  paid: 'check',
  refused: 'cross',
  cancelled: 'cross',
};
const buttonsOf: Record<PhoneScreen, readonly string[]> = {
  alone: [],
  nearby: ['phone-check-in'],
  'checked-in': [],
  asked: ['phone-accept', 'phone-refuse'],
  paid: ['phone-put-away'],
  refused: ['phone-put-away'],
  cancelled: ['phone-put-away'],
};

/** The customer's phone. */
export function createPhonePart() {
  const phone = byId('phone');
  const buttons = [...phone.querySelectorAll('button')];
  const actions: Record<string, Action> = {
    'phone-check-in': { do: 'check-in' },
    'phone-accept': { do: 'accept' },
    'phone-refuse': { do: 'refuse' },
    'phone-put-away': { do: 'put-away' },
  };
  for (const button of buttons) {
    const action = actions[button.id];
    if (action !== undefined) button.addEventListener('click', () => void act(action));
  }
  let focusWasHere = false;

  return {
    render(view: PhoneView, language: Language) {
      const focused = buttons.find((button) => button === document.activeElement);
      phone.dataset['screen'] = view.screen;
      const shown = buttonsOf[view.screen];
      const byCode = view.screen === 'nearby' && view.via === 'qr';
      const amount = view.amount === null ? '' : moneyText(view.amount, language);
      setMark(byId('phone-mark'), byCode ? 'code' : marks[view.screen]);
      setText(byId('phone-shop'), view.screen === 'alone' ? '' : view.shop);
      setText(byId('phone-amount'), view.screen === 'checked-in' ? '' : amount);
      byId('phone-amount').dataset['length'] = lengthOf(amount);
      setText(byId('phone-text'), textOf(language, sentenceOf(view.screen, byCode)));
      setText(byId('phone-check-in'), textOf(language, byCode ? 'phone-scan' : 'phone-check-in'));
      setText(byId('phone-accept'), textOf(language, 'phone-accept', { amount }));
      for (const button of buttons) button.hidden = !shown.includes(button.id);

      // Whoever plays the customer by keyboard stays on the phone while its buttons come and go.
      focusWasHere =
        focused !== undefined || (focusWasHere && document.activeElement === document.body);
      const next = buttons.find((button) => !button.hidden);
      if (focusWasHere && next !== undefined && (focused === undefined || focused.hidden)) {
        next.focus();
      }
    },
  };
}

function sentenceOf(screen: PhoneScreen, byCode: boolean): TextKey {
  return byCode ? 'phone-code' : `phone-${screen}`;
}

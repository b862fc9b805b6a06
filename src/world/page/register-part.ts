import { byId, setMark, setText } from '../../page/element.ts';
import { lengthOf, moneyText } from '../../page/money-text.ts';
import type { Language } from '../../page/shown.ts';
import { act } from './server-link.ts';
import { reasonText, textOf } from './texts.ts';
import type { Action, Problem, RegisterOutcome, RegisterView } from './world-view.ts';

const marks: Record<RegisterOutcome, string> = {
  ready: 'coin',
  asking: 'wait',
  waiting: 'wait',
  paid: 'check',
  'not-paid': 'cross',
  'not-known': 'question',
  'not-started': 'cross',
};

const firstAmounts: Record<Language, string> = { da: '12,50', fi: '12,50', en: '12.50' };

/** The cash register: an amount, Ask, Cancel, and what became of it. */
export function createRegisterPart() {
  const register = byId('register');
  const amount = byId<HTMLInputElement>('amount');
  const ask = byId<HTMLButtonElement>('ask');
  const cancel = byId<HTMLButtonElement>('cancel');
  let language: Language = 'en';
  let problem: Problem | null = null;

  const showProblem = (found: Problem | null) => {
    problem = found;
    const text = found === null ? '' : textOf(language, found === 'amount' ? 'bad-amount' : found);
    setText(byId('amount-problem'), text);
    amount.setAttribute('aria-invalid', String(found === 'amount'));
  };
  const tryTo = async (action: Action) => {
    showProblem(await act(action));
    if (problem === 'amount') amount.select();
  };
  byId<HTMLFormElement>('sale').addEventListener('submit', (event) => {
    event.preventDefault();
    void tryTo({ do: 'ask', amount: amount.value });
  });
  cancel.addEventListener('click', () => void tryTo({ do: 'cancel' }));
  amount.addEventListener('input', () => {
    if (problem !== null) showProblem(null);
  });

  return {
    render(view: RegisterView, chosen: Language) {
      if (language !== chosen) {
        // A newcomer's first amount is written as that language writes it.
        if (amount.value === firstAmounts[language]) amount.value = firstAmounts[chosen];
        language = chosen;
        showProblem(problem);
      }
      register.dataset['outcome'] = view.outcome;
      const money = view.amount === null ? '' : moneyText(view.amount, language);
      setText(byId('outcome-title'), textOf(language, view.outcome, { amount: money }));
      byId('outcome-title').dataset['length'] = lengthOf(money);
      setText(byId('outcome-detail'), detailOf(view, language, money));
      setMark(byId('outcome-mark'), marks[view.outcome]);
      // Disabled by name only: a button that is switched off would throw the keyboard's focus away.
      ask.ariaDisabled = String(!view.mayAsk);
      cancel.ariaDisabled = String(!view.mayCancel);
      const link = byId('register-link');
      const state = linkOf(view);
      link.dataset['link'] = state;
      setText(link, textOf(language, `link-${state}`));
    },
  };
}

function linkOf({ connected, terminalOnline }: RegisterView): 'ready' | 'terminal' | 'broker' {
  if (!connected) return 'broker';
  return terminalOnline ? 'ready' : 'terminal';
}

function detailOf(view: RegisterView, language: Language, amount: string): string {
  const undecided =
    view.outcome === 'asking' || view.outcome === 'waiting' || view.outcome === 'not-known';
  if (undecided && !view.connected) return textOf(language, 'detail-no-broker');
  if (undecided && !view.terminalOnline) return textOf(language, 'detail-silent');
  if (view.outcome === 'not-paid' && view.reason !== null) {
    const reason = reasonText(language, view.reason);
    if (reason !== null) return reason;
  }
  return textOf(language, `detail-${view.outcome}`, { amount, word: view.reason ?? '' });
}

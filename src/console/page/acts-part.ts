import { byId, setText } from '../../page/element.ts';
import type { Language } from '../../page/shown.ts';
import type { Act, LogLevel, Refusal } from './console-view.ts';
import type { TextKey } from './texts.ts';
import { textOf } from './texts.ts';

/** What somebody with the token may have the terminal do. The token lives as long as this page. */
export function createActsPart() {
  let language: Language = 'en';
  let token: string | undefined;
  let note: TextKey | undefined;
  let logLevel: LogLevel = 'info';
  const field = byId<HTMLInputElement>('token');

  function render() {
    byId('unlock').hidden = token !== undefined;
    byId('act-list').hidden = token === undefined;
    setText(byId('act-log'), textOf(language, logsMore() ? 'log-info' : 'log-debug'));
    setText(byId('log-about'), textOf(language, 'log-about', { word: logLevel }));
    setText(byId('act-note'), note === undefined ? '' : textOf(language, note));
  }
  function logsMore() {
    return logLevel === 'debug' || logLevel === 'trace';
  }
  function say(key: TextKey | undefined) {
    note = key;
    render();
  }

  async function unlock() {
    const given = field.value.trim();
    const refusal = await ask({ do: 'unlock' }, given);
    if (refusal !== null) return say(`refused-${refusal}`);
    token = given;
    field.value = '';
    say(undefined);
    document.querySelector<HTMLElement>('[data-act]')?.focus();
  }
  function lock(why?: TextKey) {
    token = undefined;
    say(why);
    field.focus();
  }
  async function perform(act: Exclude<Act, { do: 'unlock' }>) {
    const refusal = await ask(act, token ?? '');
    if (refusal === 'token') return lock('refused-token');
    if (refusal !== null) return say(`refused-${refusal}`);
    say(act.do === 'log-level' ? `done-log-${act.level}` : `done-${act.do}`);
  }

  byId('unlock').addEventListener('submit', (event) => {
    event.preventDefault();
    void unlock();
  });
  byId('lock').addEventListener('click', () => lock());
  for (const button of document.querySelectorAll<HTMLElement>('[data-act]')) {
    button.addEventListener('click', () => {
      switch (button.dataset['act']) {
        case 'identify':
          return void perform({ do: 'identify' });
        case 'restart':
          return void perform({ do: 'restart' });
        default:
          return void perform({ do: 'log-level', level: logsMore() ? 'info' : 'debug' });
      }
    });
  }
  return {
    speak(chosen: Language) {
      language = chosen;
      render();
    },
    render(level: LogLevel, spoken: Language) {
      logLevel = level;
      language = spoken;
      render();
    },
  };
}

/** Why it was not done, or null. */
async function ask(act: Act, token: string): Promise<Refusal | null> {
  try {
    const response = await fetch('act', {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
      body: JSON.stringify(act),
    });
    if (response.ok) return null;
    const answer: unknown = await response.json();
    return answer !== null && typeof answer === 'object' && 'problem' in answer
      ? (answer.problem as Refusal)
      : 'no-answer';
  } catch {
    return 'no-answer';
  }
}

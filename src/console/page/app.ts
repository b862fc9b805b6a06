import { byId, setText } from '../../page/element.ts';
import type { Language } from '../../page/shown.ts';
import { firstLanguage, onLanguageChosen, speakPage } from '../../page/speech.ts';
import { createActsPart } from './acts-part.ts';
import type { ConsoleView } from './console-view.ts';
import { createFaultsPart } from './faults-part.ts';
import { renderMirror } from './mirror-part.ts';
import { createPaymentsPart } from './payments-part.ts';
import { renderStanding } from './standing-part.ts';
import type { TextKey } from './texts.ts';
import { textOf } from './texts.ts';

/** Where the terminal refuses, which ends a browser's own attempts. */
const RETRY_MS = 5000;

const faults = createFaultsPart();
const payments = createPaymentsPart();
const acts = createActsPart();

let language = firstLanguage();
let view: ConsoleView | undefined;

function render(): void {
  if (view === undefined) return;
  const { terminalId, posName, version } = view;
  setText(byId('name'), terminalId);
  setText(byId('version'), [posName, version].filter((word) => word !== '').join(' · '));
  document.title = `${terminalId}: ${textOf(language, view.standing)}`;
  renderStanding(view, language);
  renderMirror(view, language);
  faults.render(view.faults, language);
  payments.render(view.payments, language);
  acts.render(view.logLevel, language);
}

function speak(chosen: Language): void {
  language = chosen;
  speakPage(chosen, (key) => textOf(chosen, key as TextKey));
  acts.speak(chosen);
  render();
}

function showConnected(connected: boolean): void {
  byId('lost').hidden = connected;
  document.body.dataset['connected'] = String(connected);
}

function follow(): void {
  const source = new EventSource('events');
  source.addEventListener('open', () => showConnected(true));
  source.addEventListener('error', () => {
    showConnected(false);
    if (source.readyState === EventSource.CLOSED) setTimeout(follow, RETRY_MS);
  });
  source.addEventListener('view', ({ data }) => {
    view = JSON.parse(data);
    render();
  });
}

onLanguageChosen(speak);
speak(language);
follow();

import { byId } from '../../page/element.ts';
import type { Language } from '../../page/shown.ts';
import { firstLanguage, onLanguageChosen, speakPage } from '../../page/speech.ts';
import { createPhonePart } from './phone-part.ts';
import { createRegisterPart } from './register-part.ts';
import { act, follow } from './server-link.ts';
import { createTerminalPart } from './terminal-part.ts';
import type { TextKey } from './texts.ts';
import { textOf } from './texts.ts';
import { createTimelinePart } from './timeline-part.ts';
import { createTroublePart } from './trouble-part.ts';
import type { WorldView } from './world-view.ts';

const register = createRegisterPart();
const terminal = createTerminalPart();
const phone = createPhonePart();
const trouble = createTroublePart();
const timeline = createTimelinePart();

let language = firstLanguage();
let view: WorldView | undefined;

function render(): void {
  if (view === undefined) return;
  register.render(view.register, language);
  terminal.render(view.terminal, language);
  phone.render(view.phone, language);
  trouble.render(view.trouble);
}

function speak(chosen: Language): void {
  language = chosen;
  speakPage(chosen, (key) => textOf(chosen, key as TextKey));
  timeline.speak(chosen);
  render();
}

onLanguageChosen((chosen) => {
  speak(chosen);
  void act({ do: 'speak', language: chosen });
});

speak(language);
follow({
  onView(next) {
    view = next;
    render();
  },
  onTimeline: timeline.all,
  onEntry: timeline.put,
  onConnected(connected) {
    byId('lost').hidden = connected;
    document.body.dataset['connected'] = String(connected);
  },
});

import { byId, setMark, setText } from '../../page/element.ts';
import type { Language } from '../../page/shown.ts';
import type { ConsoleView, Standing } from './console-view.ts';
import { textOf } from './texts.ts';

const marks: Record<Standing, string> = {
  ready: 'check',
  paying: 'wait',
  unknown: 'question',
  starting: 'wait',
  'out-of-order': 'cross',
  'no-broker': 'away',
  'no-mobilepay': 'away',
};

/** How the terminal is, in two words and in three connections. */
export function renderStanding(view: ConsoleView, language: Language): void {
  const { standing } = view;
  byId('standing').dataset['standing'] = standing;
  setMark(byId<SVGUseElement>('standing-mark'), marks[standing]);
  setText(byId('standing-title'), textOf(language, standing));
  setText(byId('standing-detail'), textOf(language, `detail-${standing}`));
  const link = (
    id: string,
    well: boolean,
    word: 'connected' | 'calling',
    or: 'not-connected' | 'silent',
  ) => {
    byId(id).dataset['well'] = String(well);
    setText(byId(id), textOf(language, well ? word : or));
  };
  link('link-register', view.mqttConnected, 'connected', 'not-connected');
  link('link-mobilepay', view.apiReachable, 'connected', 'not-connected');
  link('link-beacon', view.advertising, 'calling', 'silent');
}

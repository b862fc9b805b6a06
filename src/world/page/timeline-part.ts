import { byId, setText } from '../../page/element.ts';
import { moneyText } from '../../page/money-text.ts';
import type { Language } from '../../page/shown.ts';
import { textOf } from './texts.ts';
import type { Lane, TimelineEntry } from './world-view.ts';

const KEPT = 200;

/** Everything that is said, the newest first, filtered by who talks to whom. */
export function createTimelinePart() {
  const list = byId('entries');
  const entries = new Map<number, TimelineEntry>();
  const hidden = new Set<Lane>();
  let language: Language = 'en';

  for (const button of document.querySelectorAll<HTMLButtonElement>('[data-lane]')) {
    button.addEventListener('click', () => {
      const lane = button.dataset['lane'] as Lane;
      if (!hidden.delete(lane)) hidden.add(lane);
      button.ariaPressed = String(!hidden.has(lane));
      list.dataset['hidden'] = [...hidden].join(' ');
    });
  }

  const put = (entry: TimelineEntry) => {
    const known = entries.has(entry.id);
    entries.set(entry.id, entry);
    const row = rowOf(entry, language);
    const old = known ? list.querySelector<HTMLElement>(`[data-id="${entry.id}"]`) : null;
    if (old !== null) updateTimes(old, entry, language);
    else list.prepend(row);
    for (const id of entries.keys()) {
      if (entries.size <= KEPT) break;
      entries.delete(id);
      list.lastElementChild?.remove();
    }
    byId('no-entries').hidden = entries.size > 0;
  };

  const all = (from: Iterable<TimelineEntry>) => {
    const fresh = [...from];
    entries.clear();
    list.replaceChildren();
    for (const entry of fresh) put(entry);
  };

  return {
    put,
    all,
    speak(chosen: Language) {
      if (language === chosen) return;
      language = chosen;
      all(entries.values());
    },
  };
}

function rowOf(entry: TimelineEntry, language: Language): HTMLLIElement {
  const row = document.createElement('li');
  row.dataset['id'] = String(entry.id);
  row.dataset['lane'] = entry.lane;
  row.dataset['tone'] = entry.tone;
  const time = document.createElement('time');
  const at = new Date(entry.atMs);
  time.dateTime = at.toISOString();
  time.textContent = clockText(at);
  const parties = document.createElement('span');
  parties.className = 'parties';
  parties.textContent = partiesText(entry, language);
  const meaning = document.createElement('span');
  meaning.className = 'meaning';
  const { code, amount, word } = entry.meaning;
  meaning.textContent = textOf(language, `m-${code}`, {
    ...(amount === undefined ? {} : { amount: moneyText(amount, language) }),
    ...(word === undefined ? {} : { word }),
  });
  const times = document.createElement('span');
  times.className = 'times';
  meaning.append(times);
  const wire = document.createElement('code');
  wire.className = 'wire';
  wire.textContent = entry.wire ?? '';
  if (entry.payload === null) {
    const plain = document.createElement('div');
    plain.className = 'line';
    plain.append(time, parties, meaning, wire);
    row.append(plain);
  } else {
    const details = document.createElement('details');
    const summary = document.createElement('summary');
    summary.className = 'line';
    summary.append(time, parties, meaning, wire);
    const payload = document.createElement('pre');
    payload.textContent = entry.payload;
    details.append(summary, payload);
    row.append(details);
  }
  updateTimes(row, entry, language);
  return row;
}

function updateTimes(row: HTMLElement, entry: TimelineEntry, language: Language): void {
  const times = row.querySelector('.times');
  if (times === null) return;
  const many = entry.times > 1;
  setText(times, many ? textOf(language, 'times', { word: String(entry.times) }) : '');
}

function partiesText({ from, to }: TimelineEntry, language: Language): string {
  const sender = textOf(language, `party-${from}`);
  return to === null ? sender : `${sender} → ${textOf(language, `party-${to}`)}`;
}

function clockText(at: Date): string {
  const two = (part: number) => String(part).padStart(2, '0');
  const thousandths = String(at.getMilliseconds()).padStart(3, '0');
  return `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}.${thousandths}`;
}

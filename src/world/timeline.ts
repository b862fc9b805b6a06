import type { TimelineEntry } from './page/world-view.ts';

export type NewEntry = Omit<TimelineEntry, 'id' | 'atMs' | 'times' | 'wire' | 'payload' | 'tone'> &
  Partial<Pick<TimelineEntry, 'wire' | 'payload' | 'tone' | 'atMs'>>;

const PAYLOAD_MAX = 1200;

/** What has happened lately, oldest first. The same thing again in a row is counted, not added. */
export class Timeline {
  readonly #kept: TimelineEntry[] = [];
  readonly #limit: number;
  readonly #onEntry: (entry: TimelineEntry) => void;
  #nextId = 1;

  constructor(limit: number, onEntry: (entry: TimelineEntry) => void) {
    this.#limit = limit;
    this.#onEntry = onEntry;
  }

  get all(): readonly TimelineEntry[] {
    return this.#kept;
  }

  add(entry: NewEntry): void {
    const last = this.#kept.findLast((one) => one.lane === entry.lane);
    if (last !== undefined && isRepeat(last, entry)) {
      last.times += 1;
      this.#onEntry(last);
      return;
    }
    const { payload = null } = entry;
    const kept: TimelineEntry = {
      wire: null,
      tone: 'plain',
      atMs: Date.now(),
      ...entry,
      payload: payload === null ? null : shortened(payload),
      id: this.#nextId,
      times: 1,
    };
    this.#nextId += 1;
    this.#kept.push(kept);
    if (this.#kept.length > this.#limit) this.#kept.shift();
    this.#onEntry(kept);
  }
}

/** Only calls are said again and again with nothing new in them: polls. */
function isRepeat(last: TimelineEntry, entry: NewEntry): boolean {
  return (
    entry.lane === 'http' &&
    last.meaning.code === entry.meaning.code &&
    last.meaning.word === entry.meaning.word &&
    last.wire === (entry.wire ?? null) &&
    last.tone === (entry.tone ?? 'plain')
  );
}

function shortened(text: string): string {
  return text.length > PAYLOAD_MAX ? `${text.slice(0, PAYLOAD_MAX)}…` : text;
}

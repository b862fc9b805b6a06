import type { Action, Problem, TimelineEntry, WorldView } from './world-view.ts';

export interface ServerListeners {
  onView(view: WorldView): void;
  onTimeline(entries: TimelineEntry[]): void;
  onEntry(entry: TimelineEntry): void;
  onConnected(connected: boolean): void;
}

/** Follows the world; the browser connects again by itself. */
export function follow(listeners: ServerListeners): void {
  const source = new EventSource('events');
  source.addEventListener('open', () => listeners.onConnected(true));
  source.addEventListener('error', () => listeners.onConnected(false));
  source.addEventListener('view', ({ data }) => listeners.onView(JSON.parse(data)));
  source.addEventListener('timeline', ({ data }) => listeners.onTimeline(JSON.parse(data)));
  source.addEventListener('entry', ({ data }) => listeners.onEntry(JSON.parse(data)));
}

/** Why it was not done, or null. */
export async function act(action: Action): Promise<Problem | null> {
  try {
    const response = await fetch('action', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(action),
    });
    if (response.ok) return null;
    const answer: unknown = await response.json();
    return answer !== null && typeof answer === 'object' && 'problem' in answer
      ? (answer.problem as Problem)
      : 'not-now';
  } catch {
    return 'not-now';
  }
}

import type { SentRequest, Step } from './sent-request.ts';

/** What the run does to a request; empty where it does nothing. */
export function stepWord(step: Step): string {
  switch (step.do) {
    case 'pass':
      return '';
    case 'late':
      return 'carried out, answered too late';
    case 'fail':
      return step.carriedOut ? 'carried out, answered 500' : 'answered 500';
    case 'refuse':
      return `answered ${step.status}${step.code === null ? '' : `/${step.code}`}`;
    case 'slow-polls':
      return `pollDelayInMs raised to ${step.pollDelayMs}`;
  }
}

/** How a request ended, seen from the server. */
export function endWord({ end, step, arrivedAtMs }: SentRequest): string {
  if (end === null) return 'under way';
  const tookMs = Math.round(end.atMs - arrivedAtMs);
  switch (end.kind) {
    case 'cut-off':
      return 'under way when the terminal was ended';
    case 'given-up':
      return `given up after ${tookMs} ms`;
    case 'server-gone':
      return 'the server did not answer';
    case 'answered': {
      // The code of a made-up 500 is ours, and says nothing.
      const code = end.code === null || step.do === 'fail' ? '' : `/${end.code}`;
      return `${end.status}${code}${step.do === 'late' ? ` after ${tookMs} ms` : ''}`;
    }
  }
}

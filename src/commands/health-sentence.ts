import type { TerminalView } from '../ports.ts';

/** How the terminal is, for `systemctl status`. Sales do not change it. */
export function healthSentence(view: TerminalView): string {
  const troubles = [
    ...(view.mqttConnected ? [] : ['no connection to the broker']),
    ...(view.faults.length === 0 ? [] : [`faults: ${view.faults.join(', ')}`]),
    ...(view.setupProblem === null ? [] : [`set-up: ${view.setupProblem}`]),
  ];
  return [standing(view), ...troubles].join('; ');
}

function standing(view: TerminalView): string {
  switch (view.phase) {
    case 'starting':
      return 'Starting';
    case 'out-of-order':
      return 'Out of order';
    case 'idle':
    case 'checked-in':
    case 'paying':
    case 'approved':
    case 'cancelled':
      return 'Takes payments';
  }
}

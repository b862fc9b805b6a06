import type { LogLevel } from '../contract/commands.ts';
import type { DisplayContent, LightPattern } from '../contract/device.ts';
import type { Locale } from '../contract/locale.ts';
import type { TerminalView } from '../ports.ts';
import type { BookedFault } from './fault-book.ts';
import { faultTexts } from './fault-texts.ts';
import { healthOf } from './health.ts';
import type { ConsoleView, Standing } from './page/console-view.ts';
import type { BookedPayment } from './payment-book.ts';

export interface Seen {
  terminalId: string;
  version: string;
  /** Of the display. */
  locale: Locale;
  logLevel: LogLevel;
  /** Undefined until the terminal has shown itself. */
  view: TerminalView | undefined;
  scene: { display: DisplayContent; lights: LightPattern } | undefined;
  faults: readonly BookedFault[];
  payments: readonly BookedPayment[];
}

/** All that the page shows: nothing of a customer but what stands on the display. */
export function consoleViewOf(seen: Seen): ConsoleView {
  const { view, scene } = seen;
  const { mqttConnected, apiReachable } = healthOf(view, null);
  return {
    terminalId: seen.terminalId,
    version: seen.version,
    posName: view?.posName ?? '',
    standing: standingOf(view),
    mqttConnected,
    apiReachable,
    advertising: view?.advertising ?? false,
    faults: seen.faults.map((fault) => ({ ...fault, ...faultTexts(fault.code) })),
    panel: scene ? { display: scene.display, lamps: scene.lights } : null,
    language: seen.locale,
    payments: [...seen.payments],
    logLevel: seen.logLevel,
  };
}

function standingOf(view: TerminalView | undefined): Standing {
  const { phase, mqttConnected, apiReachable } = healthOf(view, null);
  switch (phase) {
    case 'starting':
    case 'out-of-order':
      return phase;
    case 'paying':
      return view?.payment?.outcome === 'unknown' ? 'unknown' : 'paying';
    case 'idle':
    case 'checked-in':
    case 'approved':
    case 'cancelled':
      if (!mqttConnected) return 'no-broker';
      return apiReachable ? 'ready' : 'no-mobilepay';
  }
}

import type { Info } from '../contract/messages.ts';
import type { Pos } from '../ports.ts';

export interface TerminalFacts {
  terminalId: string;
  version: string;
  posName: string;
  currency: Info['currency'];
  refunds: boolean;
  checkIns: boolean;
  display: boolean;
}

/** What the retained `info` says of the terminal and its PoS. */
export function infoOf(facts: TerminalFacts, pos: Pos | undefined): Info {
  return {
    terminalId: facts.terminalId,
    software: { name: 'beacon-terminal', version: facts.version },
    beaconId: pos?.beaconId ?? null,
    posId: pos?.posId ?? null,
    posName: pos?.name ?? facts.posName,
    store: pos?.storeId ?? null,
    currency: facts.currency,
    platform: 'pos-v10',
    capabilities: [
      'payment',
      'prepared-payment',
      ...(facts.refunds ? ['refund'] : []),
      ...(facts.checkIns ? ['checkin'] : []),
      ...(facts.display ? ['display'] : []),
    ],
  };
}

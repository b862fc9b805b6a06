import type { ViewedPayment } from '../../src/panel/scenes.ts';
import type { TerminalView } from '../../src/ports.ts';

/** An idle terminal with everything in order. */
export function viewOf(changes: Partial<TerminalView> = {}): TerminalView {
  return {
    phase: 'idle',
    payment: null,
    checkedIn: false,
    takesCheckIns: true,
    invited: false,
    message: null,
    advertising: true,
    beaconId: '123456789012345',
    posName: 'Kasse 1',
    faults: [],
    setupProblem: null,
    identifying: false,
    mqttConnected: true,
    apiReachable: true,
    terminalId: 'till-1',
    version: '0.1.0',
    ...changes,
  };
}

/** A payment of 12.50 kr. that waits for its customer. */
export function paymentOf(changes: Partial<ViewedPayment> = {}): ViewedPayment {
  return {
    orderId: 'order-1',
    amount: { currency: 'DKK', value: 1250 },
    outcome: 'pending',
    reason: null,
    atCustomer: false,
    awaitsAmount: false,
    refusal: null,
    ...changes,
  };
}

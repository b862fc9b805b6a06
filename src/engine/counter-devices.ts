import type { ButtonAction, ButtonName } from '../contract/device.ts';
import type { BeaconCheckIn } from '../ports.ts';
import type { CheckInWatch } from './check-in-watch.ts';
import type { DisplayMessage } from './display-message.ts';
import type { Ledger } from './ledger.ts';
import { undecidedOf } from './phase.ts';

/** What people do at the counter, with a finger or with a phone. */
export function createCounterDevices(world: {
  ledger: Ledger;
  checkIns: CheckInWatch;
  message: DisplayMessage;
  takesCheckIns: boolean;
  /** Whether a customer may be invited now. */
  mayInvite: () => boolean;
  /** Carries on with an order after something was decided about it. */
  attend: (orderId: string) => void;
  publish: () => void;
}) {
  const { ledger, checkIns, message, takesCheckIns, mayInvite, publish } = world;

  function pressWhileIdle(button: ButtonName, action: ButtonAction): void {
    message.clear();
    if (button === 'cancel') checkIns.end();
    else if (action === 'press' && takesCheckIns && mayInvite()) checkIns.invite('poll');
    publish();
  }

  return {
    /** Pay invites a customer; cancel ends what is undecided, or the invitation. */
    press(button: ButtonName, action: ButtonAction): void {
      ledger.tell('button', { button, action });
      const undecided = undecidedOf(ledger.openPayments());
      if (undecided === undefined) return pressWhileIdle(button, action);
      if (button !== 'cancel') return;
      const { orderId } = undecided;
      ledger.apply({ orderId, events: [{ type: 'cancelIntended', reason: 'by-terminal' }] });
      world.attend(orderId);
    },

    /**
     * A phone says over the beacon that it has checked in. MobilePay has the last word on who did, so
     * that is asked for; what the phone wrote is passed on unverified.
     */
    hearCheckIn(ble: BeaconCheckIn): void {
      ledger.tell('checkin', {
        checkedIn: checkIns.isCheckedIn(),
        loyaltyIds: null,
        customerToken: null,
        customerReceiptToken: null,
        via: 'ble',
        ble,
      });
      if (!takesCheckIns || !mayInvite()) return;
      checkIns.invite('poll');
      publish();
    },
  };
}

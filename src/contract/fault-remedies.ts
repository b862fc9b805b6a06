import type { FaultCode } from './faults.ts';

/** What a person can do about each fault, in English. */
export const faultRemedies: Record<FaultCode, string> = {
  'foreign-payment-cancelled':
    'See who else sells at this point of sale: another till with the same pos.merchantPosId?',
  'unknown-reservation':
    'Find whose reservation it is: beacon-terminal history, and the merchant portal.',
  'pos-shared': 'Give each till a pos.merchantPosId of its own.',
  'pos-outdated': 'Nothing: the point of sale is renewed when no order is open on it any more.',
  'late-approval': 'Nothing: the reservation is cancelled. Tell the customer.',
  'money-lost': 'Settle it with the customer: beacon-terminal explain ORDER shows what happened.',
  'capture-overdue':
    'Capture or cancel it at the register: beacon-terminal status names the order.',
  'refund-overdue':
    'Capture or cancel the refund at once: it pays itself out. beacon-terminal status names it.',
  'duplicate-terminal': 'Stop the other device, or give it a terminal.id of its own.',
  'api-unreachable': 'Look at the internet connection of this place.',
  'credentials-refused':
    'Correct mobilepay.clientId or the secret mobilepay-client-secret, then restart the service.',
  'journal-damaged': 'Stop the service, keep the file, and run: beacon-terminal journal salvage',
  'disk-full': 'Make room on the disk of the journal.',
  'clock-untrusted': 'Let the machine set its clock: timedatectl set-ntp true',
  'adapter-missing': 'Plug the Bluetooth adapter in, or enable it in /boot/firmware/config.txt.',
  'adapter-blocked': 'Run: rfkill unblock bluetooth',
  'adapter-busy': 'Run: systemctl disable --now bluetooth',
  'radio-down':
    'Restart the service; if it comes back, take the power off the adapter for a moment.',
  'no-permission':
    'Start the terminal as its systemd unit does: it has the groups and capabilities.',
  'gpio-missing': 'Set panel.lights.chip and panel.buttons.chip to the label of this board.',
  'display-unreachable': "Check the display's cable, power and baud rate.",
};

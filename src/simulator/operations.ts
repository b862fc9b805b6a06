/** Every call the simulator answers, by name: for faults, counts and the timeline. */
export const operations = [
  'getToken',
  'findStores',
  'findDetailedStores',
  'getStore',
  'findPos',
  'createPos',
  'getPos',
  'deletePos',
  'getCheckin',
  'findPayments',
  'startPayment',
  'preparePayment',
  'readyPayment',
  'capturePayment',
  'cancelPayment',
  'getPayment',
  'simulateCheckin',
  'simulateAccept',
  'simulateRefusal',
] as const;
export type Operation = (typeof operations)[number];

/** Every call of PoS V10 that a client makes: name, method, and path below the base address. */
const table = [
  ['getToken', 'POST', /\/connect\/token$/],
  ['findStores', 'GET', /\/stores$/],
  ['findDetailedStores', 'GET', /\/stores\/detailed$/],
  ['getStore', 'GET', /\/stores\/[^/]+$/],
  ['findPos', 'GET', /\/pointofsales$/],
  ['createPos', 'POST', /\/pointofsales$/],
  ['getPos', 'GET', /\/pointofsales\/[^/]+$/],
  ['deletePos', 'DELETE', /\/pointofsales\/[^/]+$/],
  ['getCheckin', 'GET', /\/pointofsales\/[^/]+\/checkin$/],
  ['findPayments', 'GET', /\/payments$/],
  ['startPayment', 'POST', /\/payments$/],
  ['preparePayment', 'POST', /\/payments\/prepare$/],
  ['getPayment', 'GET', /\/payments\/[^/]+$/],
  ['readyPayment', 'POST', /\/payments\/[^/]+\/ready$/],
  ['capturePayment', 'POST', /\/payments\/[^/]+\/capture$/],
  ['cancelPayment', 'POST', /\/payments\/[^/]+\/cancel$/],
  ['findRefunds', 'GET', /\/refunds$/],
  ['createRefund', 'POST', /\/refunds$/],
  ['getRefund', 'GET', /\/refunds\/[^/]+$/],
  ['captureRefund', 'POST', /\/refunds\/[^/]+\/capture$/],
  ['cancelRefund', 'POST', /\/refunds\/[^/]+\/cancel$/],
] as const satisfies readonly (readonly [string, 'GET' | 'POST' | 'DELETE', RegExp])[];

export type Operation = (typeof table)[number][0];

/** The member of a create's body that says which thing is created; one key belongs to each. */
export const subjectMembers = {
  createPos: 'merchantPosId',
  startPayment: 'orderId',
  preparePayment: 'orderId',
  createRefund: 'refundOrderId',
} as const satisfies Partial<Record<Operation, string>>;
export type Create = keyof typeof subjectMembers;

/** Polls: each answer says how long to wait before the next; a lost one is not retried. */
const polls = new Set<Operation | null>(['getPayment', 'getRefund', 'getCheckin']);

/** Undefined for a call that PoS V10 does not have. */
export function operationOf(method: string, path: string): Operation | null {
  const [bare = path] = path.split('?', 1);
  return table.find(([, verb, shape]) => verb === method && shape.test(bare))?.[0] ?? null;
}

export function isCreate(operation: Operation | null): operation is Create {
  return operation !== null && operation in subjectMembers;
}

export function isPoll(operation: Operation | null): boolean {
  return polls.has(operation);
}

const bootId = '0197c1e0-7d5a-7c3e-9d61-2f0d6a1b4c55';
const amount = { currency: 'DKK', value: 1250 };

const approved = {
  orderId: '1001',
  paymentId: '3f2c9d9a-5a2b-4a7e-9a53-0c8f6a1c2b7d',
  outcome: 'approved',
  reason: null,
  platformStatus: 'Reserved',
  amount,
  capturedAmount: { currency: 'DKK', value: 0 },
  refundedAmount: { currency: 'DKK', value: 0 },
  intent: 'capture',
  partialCapturePossible: false,
  plannedCaptureDelay: 'None',
  loyaltyIds: null,
  customerToken: null,
  customerReceiptToken: null,
  reservedAt: '2026-01-02T10:00:21.400Z',
  reservationExpiresAt: '2026-01-03T10:00:21.400Z',
  deadline: '2026-01-02T10:03:04.120Z',
  confirmedAt: '2026-01-02T10:00:21.610Z',
  revision: 5,
  bootId,
  seq: 17,
  at: '2026-01-02T10:00:21.612Z',
};

/** By the name of the message. Each is valid against its schema (tested). */
export const asyncApiExamples: Record<string, { name: string; payload: unknown }[]> = {
  state: [
    {
      name: 'paying',
      payload: {
        online: true,
        bootId,
        seq: 16,
        phase: 'paying',
        payment: {
          orderId: '1001',
          outcome: 'pending',
          platformStatus: 'IssuedToUser',
          amount,
          intent: null,
          revision: 4,
        },
        refund: null,
        beacon: { mode: 'two-way', advertising: true },
        api: { reachable: true },
        faults: [],
        at: '2026-01-02T10:00:09.300Z',
      },
    },
    { name: 'lastWill', payload: { online: false, bootId } },
  ],
  info: [
    {
      name: 'till',
      payload: {
        terminalId: 'till-1',
        software: { name: 'beacon-terminal', version: '0.1.0' },
        beaconId: '123456789012345',
        posId: '0b9c2f4e-9a11-4d0e-8f0b-6d1f0a7b3c21',
        posName: 'Kasse 1',
        store: 'Corner shop',
        currency: 'DKK',
        platform: 'pos-v10',
        capabilities: ['payment'],
      },
    },
  ],
  desiredConfig: [
    {
      name: 'moreTime',
      payload: { version: 7, payment: { customerTimeoutSeconds: 120 } },
    },
  ],
  reportedConfig: [
    {
      name: 'applied',
      payload: {
        version: 7,
        config: { payment: { customerTimeoutSeconds: 120 } },
        wish: { version: 7, outcome: 'applied', problems: [] },
        at: '2026-01-02T10:00:00.000Z',
      },
    },
  ],
  paymentEvent: [{ name: 'approved', payload: approved }],
  buttonEvent: [
    {
      name: 'cancelPressed',
      payload: {
        button: 'cancel',
        action: 'press',
        bootId,
        seq: 18,
        at: '2026-01-02T10:00:30.000Z',
      },
    },
  ],
  faultEvent: [
    {
      name: 'apiUnreachable',
      payload: {
        code: 'api-unreachable',
        message: 'MobilePay does not answer.',
        since: '2026-01-02T10:05:00.000Z',
        cleared: false,
        bootId,
        seq: 19,
        at: '2026-01-02T10:05:00.000Z',
      },
    },
  ],
  paymentStart: [
    {
      name: 'sale',
      payload: {
        id: 'c4a1',
        expiresAt: '2026-01-02T10:01:00Z',
        orderId: '1001',
        amount,
        customerTimeoutSeconds: 180,
      },
    },
  ],
  paymentCapture: [
    {
      name: 'partial',
      payload: {
        id: 'c4a2',
        expiresAt: '2026-01-02T10:01:00Z',
        orderId: '1001',
        amount: { currency: 'DKK', value: 1000 },
      },
    },
  ],
  paymentCancel: [{ name: 'cancel', payload: { id: 'c4a3', orderId: '1001' } }],
  paymentGet: [{ name: 'get', payload: { id: 'c4a4', orderId: '1001' } }],
  paymentList: [
    { name: 'open', payload: { id: 'c4a5', open: true } },
    { name: 'since', payload: { id: 'c4a6', since: '2026-01-02T00:00:00Z' } },
  ],
  paymentReply: [
    { name: 'ok', payload: { id: 'c4a1', ok: true, result: approved } },
    {
      name: 'refused',
      payload: {
        id: 'c4a1',
        ok: false,
        error: {
          code: 'invalid-request',
          field: 'amount.value',
          message: 'amount.value must be a whole number of minor units from 1 to 99999999',
          retryable: false,
          payment: null,
          mobilePay: null,
        },
      },
    },
  ],
};

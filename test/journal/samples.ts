import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { onTestFinished } from 'vitest';
import type { EventPayload } from '../../src/contract/messages.ts';
import type { PlatformStatus } from '../../src/contract/payment-snapshot.ts';
import { openJournal } from '../../src/journal/sqlite-journal.ts';
import type { DatedEvent, PersonalData, SeenPayment } from '../../src/payment/events.ts';
import type { Journal, JournalBatch, JournalledCommand } from '../../src/ports.ts';

export const DAY_MS = 86_400_000;
/** 2025-03-01T10:00:00Z: where the samples begin. */
export const morning = Date.UTC(2025, 2, 1, 10);

export const silent = pino({ level: 'silent' });

export const nobody: PersonalData = {
  loyaltyIds: null,
  customerToken: null,
  customerReceiptToken: null,
};
export const somebody: PersonalData = {
  loyaltyIds: ['loyalty-4711'],
  customerToken: 'token-of-the-customer',
  customerReceiptToken: 'token-of-the-receipt',
};

/** A folder that is gone after the test. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'journal-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export function journalPath(): string {
  return join(temporaryFolder(), 'journal.db');
}

/** Opened, and closed when the test ends. */
export function journalAt(path: string, keepDays = 400): Journal {
  const journal = openJournal({ path, keepDays, logger: silent });
  onTestFinished(() => journal.close());
  return journal;
}

type Of<T extends DatedEvent['type']> = Extract<DatedEvent, { type: T }>;

export function started(orderId: string, at: number): Of<'started'> {
  return {
    type: 'started',
    at,
    orderId,
    posId: 'b6e7a0a2-38c9-4a1c-9a75-1a1a1e6f4c11',
    amount: { currency: 'DKK', value: 1250 },
    idempotencyKey: '3f0f1c5e-52f4-4f3c-8a3e-7c7b3a1f9d10',
    body: `{"posId":"b6e7a0a2-38c9-4a1c-9a75-1a1a1e6f4c11","orderId":"${orderId}","amount":12.5,"currencyCode":"DKK","plannedCaptureDelay":"None"}`,
    expiresAt: at + 30_000,
    deadline: at + 180_000,
    autoCapture: true,
    plannedCaptureDelay: 'None',
  };
}

export function preparing(orderId: string, at: number): Of<'preparationStarted'> {
  const { posId, idempotencyKey, body, expiresAt } = started(orderId, at);
  const deadline = at + 3_600_000;
  const type = 'preparationStarted';
  return { type, at, orderId, posId, idempotencyKey, body, expiresAt, deadline };
}

export function readied(at: number): Of<'readied'> {
  return {
    type: 'readied',
    at,
    amount: { currency: 'DKK', value: 1250 },
    body: '{"amount":12.5,"currencyCode":"DKK","plannedCaptureDelay":"None"}',
    expiresAt: at + 30_000,
    customerTimeoutSeconds: 180,
    autoCapture: true,
    plannedCaptureDelay: 'None',
  };
}

export function paymentIdOf(orderId: string): string {
  return `payment-of-${orderId}`;
}

export function seen(
  orderId: string,
  status: PlatformStatus,
  personal: PersonalData = nobody,
): SeenPayment {
  return {
    paymentId: paymentIdOf(orderId),
    orderId,
    posId: 'b6e7a0a2-38c9-4a1c-9a75-1a1a1e6f4c11',
    status,
    amount: { currency: 'DKK', value: 1250 },
    partialCapturePossible: status === 'Reserved' ? true : null,
    expiresAt: null,
    personal,
  };
}

/** A sale from start to capture, a second apart. */
export function saleOf(
  orderId: string,
  at: number = morning,
  personal: PersonalData = nobody,
): DatedEvent[] {
  return [
    started(orderId, at),
    { type: 'createAnswered', at: at + 1_000, paymentId: paymentIdOf(orderId) },
    { type: 'observed', at: at + 2_000, seen: seen(orderId, 'IssuedToUser', personal) },
    { type: 'observed', at: at + 3_000, seen: seen(orderId, 'Reserved', personal) },
    { type: 'captureAnswered', at: at + 4_000 },
  ];
}

export function batch(parts: Partial<JournalBatch> = {}): JournalBatch {
  return { clockTrusted: true, at: morning, ...parts };
}

/** One event a commit, the last of them settling the order unless told otherwise. */
export function journalEvents(
  journal: Journal,
  orderId: string,
  events: readonly DatedEvent[],
  settled = true,
): void {
  for (const [index, event] of events.entries()) {
    const last = index === events.length - 1;
    journal.commit(batch({ at: event.at, events: [{ orderId, event, settled: settled && last }] }));
  }
}

export function command(id: string, parts: Partial<JournalledCommand> = {}): JournalledCommand {
  return {
    id,
    name: 'payment/start',
    fingerprint: `{"name":"payment/start","payload":{"id":"${id}"}}`,
    orderId: null,
    refundOrderId: null,
    replyTo: { topic: null, correlationData: null },
    arrivedAt: morning,
    answer: null,
    ...parts,
  };
}

/** A register event; the journal looks into it for personal data only. */
export function snapshot(
  orderId: string,
  personal: PersonalData = nobody,
  at: number = morning,
): EventPayload<'payment'> {
  return {
    orderId,
    paymentId: paymentIdOf(orderId),
    outcome: 'approved',
    reason: null,
    platformStatus: 'Captured',
    amount: { currency: 'DKK', value: 1250 },
    capturedAmount: { currency: 'DKK', value: 1250 },
    refundedAmount: null,
    intent: null,
    partialCapturePossible: true,
    plannedCaptureDelay: 'None',
    ...personal,
    reservedAt: null,
    reservationExpiresAt: null,
    deadline: null,
    confirmedAt: null,
    revision: 5,
    bootId: '7a7cf3a1-8f3e-4a4d-9a2d-f7a2b1f5c001',
    seq: 1,
    at: new Date(at).toISOString(),
  };
}

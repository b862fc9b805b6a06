import { deflateRawSync, inflateRawSync } from 'node:zlib';
import type { OrderKind } from './migrations.ts';

/** A row of the command table as it lies in the file. */
export interface CommandRow {
  number: number;
  id: string;
  name: string;
  fingerprint: string;
  orderKind: OrderKind | null;
  orderId: string | null;
  replyTopic: string | null;
  correlationData: string | null;
  arrivedAt: number;
  answer: string | null;
}

/** A whole closed order. The links of its chain are computed again; its head stays in closed_head. */
export interface PackedOrder {
  events: { n: number; at: number; body: string }[];
  commands: CommandRow[];
}

export function packOrder(order: PackedOrder): Buffer {
  return deflateRawSync(JSON.stringify(order));
}

/** @throws Error where the bytes are damaged */
export function unpackOrder(packed: Uint8Array): PackedOrder {
  return JSON.parse(inflateRawSync(packed).toString('utf8')) as PackedOrder;
}

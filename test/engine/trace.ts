import type { Reply } from '../../src/contract/errors.ts';
import type { EventName, EventPayload, OnlineState } from '../../src/contract/messages.ts';
import type { JournalBatch, ReplyAddress } from '../../src/ports.ts';
import type { Request } from './fake-platform.ts';

/** Everything that crosses the engine's edges, in one order. */
export type Trace = Entry[];
export type Entry = { atMs: number; bootId: string } & (
  | { kind: 'command'; id: string; name: string }
  | { kind: 'commit'; batch: JournalBatch }
  | { kind: 'request'; request: Request }
  | { kind: 'answer'; request: Request }
  | { kind: 'event'; name: EventName; payload: EventPayload<EventName> }
  | { kind: 'state'; state: OnlineState }
  | { kind: 'reply'; address: ReplyAddress; reply: Reply }
);
export type Note = Entry extends infer E
  ? E extends Entry
    ? Omit<E, 'atMs' | 'bootId'>
    : never
  : never;
export type Noted = (note: Note) => void;

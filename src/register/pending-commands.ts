import { isCommandId } from '../contract/commands.ts';
import type { Reply } from '../contract/errors.ts';
import { replySchema } from '../contract/errors.ts';

export interface PendingCommand {
  name: string;
  payload: string;
  correlation: string;
}

export interface PendingCommands {
  add(command: { name: string; id: unknown; payload: string }): {
    pending: PendingCommand;
    reply: Promise<Reply>;
  };
  remove(pending: PendingCommand): void;
  /** Takes a message from a reply topic; unknown ones belong to other registers. */
  answer(payload: Uint8Array, correlation: string | null): Reply | undefined;
  all(): PendingCommand[];
}

/**
 * Finds the question to an answer: by the correlation data of MQTT 5, else by the command's id. An
 * answer without an id (the id itself was wrong) fits the only question whose id cannot be right.
 */
export function createPendingCommands(): PendingCommands {
  const open = new Map<
    string,
    { pending: PendingCommand; id: string | null; resolve: (reply: Reply) => void }
  >();
  let serial = 0;

  function find(reply: Reply, correlation: string | null) {
    if (correlation !== null) return open.get(correlation);
    return [...open.values()].find((entry) => entry.id === reply.id);
  }

  return {
    add({ name, id, payload }) {
      serial += 1;
      const pending = { name, payload, correlation: String(serial) };
      const reply = new Promise<Reply>((resolve) => {
        open.set(pending.correlation, { pending, id: isCommandId(id) ? id : null, resolve });
      });
      return { pending, reply };
    },
    remove(pending) {
      open.delete(pending.correlation);
    },
    answer(payload, correlation) {
      let reply: Reply;
      try {
        reply = replySchema.parse(JSON.parse(Buffer.from(payload).toString('utf8'))) as Reply;
      } catch {
        return undefined;
      }
      const entry = find(reply, correlation);
      if (entry === undefined) return undefined;
      open.delete(entry.pending.correlation);
      entry.resolve(reply);
      return reply;
    },
    all: () => [...open.values()].map((entry) => entry.pending),
  };
}

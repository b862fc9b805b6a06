import { z } from 'zod';

/** All that must be known of an info, so that terminals of other versions are understood as well. */
const sightSchema = z.looseObject({ posId: z.string().min(1).nullable() });

/** A terminal that serves a point of sale, with the PosId as it writes it itself. */
export interface ServingTerminal {
  terminalId: string;
  posId: string;
}

/** Which terminal serves which point of sale, by what the terminals say of themselves. */
export interface TerminalDirectory {
  /**
   * Takes a message from `R/info`; an empty one takes the terminal out, as does one that cannot be
   * understood. Returns whether it could be understood.
   */
  note(terminalId: string, payload: Uint8Array): boolean;
  /**
   * Usually one. Two, where a replaced terminal has left its info behind: both are told, because
   * nobody here can know which of them is the living one.
   */
  terminalsOf(posId: string): ServingTerminal[];
  /** How many terminals have a point of sale. */
  readonly size: number;
}

export function createTerminalDirectory(): TerminalDirectory {
  const posIds = new Map<string, string>();
  /** Terminal ids by PosId in lower case: a GUID may be written either way. */
  const terminals = new Map<string, Set<string>>();

  function remove(terminalId: string) {
    const key = posIds.get(terminalId)?.toLowerCase();
    if (key === undefined) return;
    posIds.delete(terminalId);
    const others = terminals.get(key);
    others?.delete(terminalId);
    if (others?.size === 0) terminals.delete(key);
  }

  function add(terminalId: string, posId: string) {
    const key = posId.toLowerCase();
    posIds.set(terminalId, posId);
    const together = terminals.get(key) ?? new Set();
    terminals.set(key, together.add(terminalId));
  }

  return {
    note(terminalId, payload) {
      remove(terminalId);
      if (payload.length === 0) return true;
      const info = parseInfo(payload);
      if (info === undefined) return false;
      if (info.posId !== null) add(terminalId, info.posId);
      return true;
    },
    terminalsOf(posId) {
      return [...(terminals.get(posId.toLowerCase()) ?? [])].map((terminalId) => ({
        terminalId,
        posId: posIds.get(terminalId) ?? posId,
      }));
    },
    get size() {
      return posIds.size;
    },
  };
}

function parseInfo(payload: Uint8Array): z.infer<typeof sightSchema> | undefined {
  try {
    return sightSchema.safeParse(JSON.parse(Buffer.from(payload).toString('utf8'))).data;
  } catch {
    return undefined;
  }
}

/** All that must be known of a state, so that a terminal of another version is seen as well. */
interface Sight {
  online: boolean;
  bootId: string;
}

export interface OwnStateWatch {
  /** Takes a live (not retained) message from the terminal's own state topic. */
  observe(payload: Uint8Array): void;
}

/**
 * Watches the terminal's own state topic for two things that must not stand there unanswered: that
 * we are offline (the last will of a connection or boot that the broker buried late), and that
 * another boot is online (a second terminal of this name).
 */
export function createOwnStateWatch(options: {
  bootId: string;
  onForeignState(bootId: string): void;
  onDeclaredOffline(): void;
}): OwnStateWatch {
  // Before our own first echo a broker may still deliver what a former boot of ours had said.
  let ownSeen = false;
  return {
    observe(payload) {
      const state = parseState(payload);
      if (state === undefined) return;
      if (!state.online) {
        options.onDeclaredOffline();
      } else if (state.bootId === options.bootId) {
        ownSeen = true;
      } else if (ownSeen) {
        options.onForeignState(state.bootId);
      }
    },
  };
}

/** By hand: the echo of our own state arrives in the middle of every sale. */
function parseState(payload: Uint8Array): Sight | undefined {
  try {
    const state: unknown = JSON.parse(Buffer.from(payload).toString('utf8'));
    if (typeof state !== 'object' || state === null) return undefined;
    const { online, bootId } = state as Partial<Record<keyof Sight, unknown>>;
    return typeof online === 'boolean' && typeof bootId === 'string'
      ? { online, bootId }
      : undefined;
  } catch {
    return undefined;
  }
}

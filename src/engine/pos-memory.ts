import { z } from 'zod';
import type { PosOfficeWorld } from './pos-office.ts';
import type { TerminalNotes } from './terminal-notes.ts';

const noteSchema = z.object({ merchantPosId: z.string(), beaconId: z.string() });

/** The beacon id of the PoS, on disk: a crash between deleting and creating must not lose it. */
export function createPosMemory(notes: TerminalNotes): PosOfficeWorld['memory'] {
  return {
    beaconIdOf(merchantPosId) {
      const pos = noteSchema.safeParse(notes.get('pos')).data;
      return pos?.merchantPosId === merchantPosId ? pos.beaconId : null;
    },
    keep: (merchantPosId, beaconId) => notes.set('pos', { merchantPosId, beaconId }),
  };
}

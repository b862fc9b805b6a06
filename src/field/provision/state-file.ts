import { readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { z } from 'zod';
import { TerminalError } from '../../terminal-error.ts';
import { type Answers, logins } from './answers.ts';
import { type Owner, writeDurably } from './durable-file.ts';

const stateSchema = z.object({
  version: z.literal(1),
  answers: z.object({
    config: z.record(z.string(), z.unknown()),
    store: z.string().optional(),
    login: z.enum(logins).optional(),
    takeOver: z.boolean().optional(),
  }),
  /** Written before the point of sale is created; `posId` follows when it is there. */
  pos: z
    .object({
      merchantPosId: z.string(),
      posId: z.string().nullable(),
      beaconId: z.string().nullable(),
    })
    .nullable(),
  /** What the last try ended with. */
  standing: z.enum(['begun', 'written', 'waiting-for-certificate', 'waiting-for-terminal', 'done']),
  at: z.iso.datetime(),
});
export type ProvisionState = z.infer<typeof stateSchema>;

export function newState(answers: Answers): ProvisionState {
  return {
    version: 1,
    answers: structuredClone(answers),
    pos: null,
    standing: 'begun',
    at: new Date().toISOString(),
  };
}

/**
 * How far an earlier try came; undefined where there was none.
 * @throws TerminalError `config-invalid` for a file that is damaged or another program's
 */
export function readState(path: string): ProvisionState | undefined {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw new TerminalError('not-permitted', `${path} cannot be read (${code})`, { cause: error });
  }
  try {
    return stateSchema.parse(JSON.parse(text));
  } catch (error) {
    const message = `${path} is damaged; remove it, and provisioning begins anew`;
    throw new TerminalError('config-invalid', message, { cause: error });
  }
}

export async function writeState(path: string, state: ProvisionState, owner: Owner): Promise<void> {
  const text = `${JSON.stringify({ ...state, at: new Date().toISOString() }, null, 2)}\n`;
  await writeDurably(path, text, { mode: 0o644, owner });
}

export async function forgetState(path: string): Promise<void> {
  await rm(path, { force: true });
}

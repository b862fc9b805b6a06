import { statSync } from 'node:fs';
import { join } from 'node:path';
import { kernelText } from './kernel-files.ts';
import type { ServiceView } from './service-view.ts';
import type { World } from './world.ts';

/** Capabilities by their bit (linux/capability.h). */
const capabilityBits = { NET_ADMIN: 12, NET_RAW: 13 } as const;
export type Capability = keyof typeof capabilityBits;

/** Whose rights count: the service's while it runs, else our own. */
export interface Subject {
  /** For texts: `the service (process 123, user 991)`. */
  who: string;
  isService: boolean;
  isRoot: boolean;
  mayReadAndWrite(file: string): boolean;
  mayWrite(file: string): boolean;
  lacks(capabilities: readonly Capability[]): Capability[];
}

const READ = 4;
const WRITE = 2;

/** Judged by the modes of the files, so that root can tell what the service may. */
export function subjectOf(service: ServiceView, { procDir, uid: ourUid }: World): Subject {
  const isService = service.pid !== null;
  const status =
    kernelText(join(procDir, isService ? String(service.pid) : 'self', 'status')) ?? '';
  const numbers = (name: string) =>
    (new RegExp(`^${name}:\\s*(.*)$`, 'm').exec(status)?.[1] ?? '').split(/\s+/).filter(Boolean);
  const effective = ([, second]: string[]) => (second === undefined ? undefined : Number(second));
  const uid = effective(numbers('Uid')) ?? ourUid;
  const groups = [effective(numbers('Gid')), ...numbers('Groups').map(Number)];
  const held = BigInt(`0x${numbers('CapEff')[0] ?? '0'}`);

  function may(file: string, bits: number): boolean {
    if (uid === 0) return true;
    try {
      const { mode, uid: owner, gid } = statSync(file);
      if (owner === uid) return ((mode >> 6) & bits) === bits;
      return ((groups.includes(gid) ? mode >> 3 : mode) & bits) === bits;
    } catch {
      return false;
    }
  }
  return {
    who: isService ? `the service (process ${service.pid}, user ${uid})` : `this user (${uid})`,
    isService,
    isRoot: uid === 0,
    mayReadAndWrite: (file) => may(file, READ | WRITE),
    mayWrite: (file) => may(file, WRITE),
    lacks: (capabilities) =>
      capabilities.filter((name) => ((held >> BigInt(capabilityBits[name])) & 1n) === 0n),
  };
}

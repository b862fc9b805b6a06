import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { version } from '../../src/version.ts';

/** Where scripts/build-deb puts what it makes. */
export const OUT = 'out';
const architectures = ['amd64', 'arm64'] as const;
export type Architecture = (typeof architectures)[number];
export const CI = process.env['CI'] !== undefined;

export const debName = (arch: string, of = version) => `beacon-terminal_${of}_${arch}.deb`;

const isBuilt = (arch: Architecture) => existsSync(join(OUT, debName(arch)));

/** This computer's own. */
export const ownArchitecture: Architecture = process.arch === 'arm64' ? 'arm64' : 'amd64';

/** Of which there are packages to look at; in CI there have to be both. */
export const builtArchitectures = architectures.filter((arch) => CI || isBuilt(arch));
export const ownIsBuilt = builtArchitectures.includes(ownArchitecture);

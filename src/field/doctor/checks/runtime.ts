import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { version } from '../../../version.ts';
import { failed, ok } from '../finding.ts';
import { kernelText } from '../kernel-files.ts';
import type { Check } from '../patient.ts';

const { engines } = JSON.parse(
  readFileSync(new URL('../../../../package.json', import.meta.url), 'utf8'),
) as { engines: { node: string } };

/** `>=20.19` */
const oldest = engines.node.replace('>=', '');

function isOlder(one: string, other: string): boolean {
  const [a, b] = [one, other].map((text) => text.split('.').map(Number));
  const at = [0, 1, 2].find((place) => (a?.[place] ?? 0) !== (b?.[place] ?? 0)) ?? 0;
  return (a?.[at] ?? 0) < (b?.[at] ?? 0);
}

export const runtime: Check = {
  name: 'runtime',
  look({ world }) {
    const { nodeVersion, procDir } = world;
    const board = kernelText(join(procDir, 'device-tree/model'));
    const machine = `${process.platform} ${process.arch}${board === undefined ? '' : `, ${board}`}`;
    const seen = `beacon-terminal ${version} on Node ${nodeVersion}, ${machine}`;
    return isOlder(nodeVersion, oldest)
      ? failed(
          `${seen}; Node ${oldest} or newer is needed`,
          'Install the Node that the package beacon-terminal depends on.',
        )
      : ok(seen);
  },
};

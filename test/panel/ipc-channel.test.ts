import type { ChildProcess } from 'node:child_process';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import ts from 'typescript';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { createIpcChannel } from '../../src/panel/ipc-channel.ts';

/** A device process: says its lights, and what is pressed; ends when it hears `cancel`. */
const device = `
import { createIpcChannel } from './ipc-channel.js';
const channel = createIpcChannel(process);
const stay = process.argv.includes('--stay') ? setInterval(() => {}, 1000) : undefined;
channel.onMessage(({ button }) => {
  channel.send({ kind: 'beacon', advertising: true, beaconId: button });
  if (button === 'cancel') clearInterval(stay);
});
channel.send({ kind: 'lights', pattern: { green: 'on', yellow: 'off', red: 'off' } });
process.on('disconnect', () => {
  channel.send({ kind: 'beacon', advertising: false, beaconId: null });
  clearInterval(stay);
});
`;

let folder: string;
let child: ChildProcess | undefined;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ipc-channel-'));
  const source = await readFile(new URL('../../src/panel/ipc-channel.ts', import.meta.url), 'utf8');
  const compilerOptions = { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2023 };
  const { outputText } = ts.transpileModule(source, { compilerOptions });
  await writeFile(join(folder, 'package.json'), '{"type":"module"}');
  await writeFile(join(folder, 'ipc-channel.js'), outputText);
  await writeFile(join(folder, 'device.js'), device);
});
afterEach(() => {
  if (child?.exitCode === null) child.kill('SIGKILL');
  child = undefined;
});
afterAll(() => rm(folder, { recursive: true }));

function start(...args: string[]) {
  child = fork(join(folder, 'device.js'), args, { stdio: ['ignore', 'ignore', 'pipe', 'ipc'] });
  const heard: unknown[] = [];
  let complaints = '';
  child.on('message', (message) => heard.push(message));
  child.stderr?.on('data', (chunk) => {
    complaints += chunk;
  });
  return { device: child, heard, complaints: () => complaints };
}

describe('the IPC channel of a virtual device', () => {
  it('carries messages both ways, and what is not one of ours is passed over', async () => {
    const { device, heard } = start('--stay');
    await vi.waitFor(() => expect(heard).toHaveLength(1));
    for (const nonsense of ['x', 7, null, {}, { kind: 'button', button: 'any', action: 'press' }]) {
      device.send(nonsense as object);
    }
    device.send({ kind: 'button', button: 'pay', action: 'long-press' });
    device.send({ kind: 'button', button: 'cancel', action: 'press' });
    const [exitCode] = await once(device, 'exit');
    expect(heard).toEqual([
      { kind: 'lights', pattern: { green: 'on', yellow: 'off', red: 'off' } },
      { kind: 'beacon', advertising: true, beaconId: 'pay' },
      { kind: 'beacon', advertising: true, beaconId: 'cancel' },
    ]);
    expect(exitCode).toBe(0);
  });

  it('does not keep the process alive', async () => {
    const { device } = start();
    expect((await once(device, 'exit'))[0]).toBe(0);
  });

  it('survives the death of its parent in silence', async () => {
    const { device, heard, complaints } = start('--stay');
    await vi.waitFor(() => expect(heard).toHaveLength(1));
    device.disconnect();
    expect((await once(device, 'exit'))[0]).toBe(0);
    expect(complaints()).toBe('');
  });

  it('is silent where there is no parent', () => {
    const channel = createIpcChannel({ on: () => {}, off: () => {}, connected: false });
    expect(() =>
      channel.send({ kind: 'beacon', advertising: false, beaconId: null }),
    ).not.toThrow();
    expect(() => channel.onMessage(() => {})()).not.toThrow();
  });
});

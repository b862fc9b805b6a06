import { expect } from 'vitest';
import { stringify } from 'yaml';
import { type DoctorReport, doctorReportSchema } from '../../src/contract/doctor-report.ts';
import { DEMO_CLIENT_SECRET } from '../../src/simulator/demo.ts';
import type { Machine } from './machine.ts';
import type { Transcript } from './transcript.ts';
import { until } from './until.ts';

/** On SIGUSR2 the event loop turns no more. */
const HANGING = 'process.on("SIGUSR2", () => { for (;;); });';
const hangingFile = '/usr/local/lib/hanging.cjs';
const DROP_IN = `[Service]
# The serial lines are ptys here.
DeviceAllow=char-pts rw
Environment=NODE_OPTIONS=--require=${hangingFile}
`;

export const dropIns = '/etc/systemd/system/beacon-terminal.service.d';

const base64 = (text: string) => Buffer.from(text).toString('base64');

/** Writes a small file in the guest. */
async function put(machine: Machine, path: string, text: string): Promise<void> {
  await machine.run(
    `mkdir -p $(dirname ${path}); echo ${base64(text)} | base64 -d >${path}; chmod 644 ${path}`,
  );
}

/** What udev's rules do for serial ports that are no ptys. */
export async function permitPorts(machine: Machine, ...ports: string[]): Promise<void> {
  const ends = ports.map((port) => `$(readlink -f ${port})`).join(' ');
  await machine.run(`chgrp dialout ${ends}; chmod 660 ${ends}`);
}

/** Installs it as a technician does. */
export async function install(machine: Machine, deb: string): Promise<void> {
  await machine.run(`dpkg --force-unsafe-io -i ${deb}`);
}

/** What a unit needs to find out that its event loop hangs, and that what is virtual here is a device. */
export async function layDropIn(machine: Machine): Promise<void> {
  await put(machine, hangingFile, HANGING);
  await put(machine, `${dropIns}/virtual.conf`, DROP_IN);
  await machine.run('systemctl daemon-reload');
}

/** `beacon-terminal provision`, from a file; returns what it said. */
export async function provision(machine: Machine, answers: object): Promise<string> {
  await put(machine, '/root/till.yaml', stringify(answers));
  await put(machine, '/root/secret', DEMO_CLIENT_SECRET);
  // 1: its own doctor has found something, which is for a later look to say.
  return await machine.run(`cd /root; chmod 600 secret
    beacon-terminal provision --from till.yaml --client-secret-file secret 2>&1 || [ $? = 1 ]`);
}

/** What systemd knows of the unit. */
export async function show(machine: Machine, property: string): Promise<string> {
  return (await machine.run(`systemctl show --value -p ${property} beacon-terminal`)).trim();
}

/** Waits until the unit takes payments, whatever else is wrong. */
export async function isInService(machine: Machine): Promise<void> {
  await until(async () => expect(await show(machine, 'StatusText')).toMatch(/^Takes payments/));
  expect(await show(machine, 'ActiveState')).toBe('active');
}

/** A time server, when the emulation has stood still. */
export async function setClock(machine: Machine, aheadMs = 0): Promise<void> {
  await machine.run(`date -s @${((Date.now() + aheadMs) / 1000).toFixed(3)}
    mkdir -p /run/systemd/timesync; touch /run/systemd/timesync/synchronized`);
}

/** `beacon-terminal doctor`; what failed is noted. */
export async function examine(machine: Machine, transcript: Transcript): Promise<DoctorReport> {
  const said = await machine.run('beacon-terminal doctor --json || [ $? = 1 ]');
  const report = doctorReportSchema.parse(JSON.parse(said));
  for (const { name, verdict, evidence, fault } of report.checks) {
    if (verdict === 'failed' || verdict === 'warning') {
      transcript.note('doctor', `${verdict}: ${name}${fault ? ` (${fault})` : ''}: ${evidence}`);
    }
  }
  transcript.note('doctor', `${report.verdict}, in ${report.durationMs} ms`);
  return report;
}

/** The checks of this verdict, with the fault that each names. */
export function found(
  { checks }: DoctorReport,
  wanted: DoctorReport['verdict'] | 'skipped',
): Record<string, string | null> {
  return Object.fromEntries(
    checks.filter(({ verdict }) => verdict === wanted).map(({ name, fault }) => [name, fault]),
  );
}

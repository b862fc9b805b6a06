import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { journal } from '../../../src/field/doctor/checks/journal.ts';
import { settlements } from '../../../src/field/doctor/checks/settlements.ts';
import { diskSpace } from '../../../src/field/doctor/checks/storage.ts';
import { verifyJournal } from '../../../src/field/doctor/journal-verdict.ts';
import type { World } from '../../../src/field/doctor/world.ts';
import type { Journal } from '../../../src/ports.ts';
import { journalRefund, refundOf, refundStarted } from '../../journal/refund-samples.ts';
import {
  batch,
  DAY_MS,
  journalAt,
  journalEvents,
  journalPath,
  morning,
  saleOf,
  snapshot,
} from '../../journal/samples.ts';
import { overwrite, tamper } from '../../journal/tamper.ts';
import { look, patientWith, temporaryFolder, treeOf } from './patient.ts';

/** Reads the journal here, where the machine would start a process for it. */
const output: World['output'] = async (_program, args) =>
  JSON.stringify(verifyJournal(args.at(-1) ?? ''));

function filled(fill: (journal: Journal) => void): string {
  const path = journalPath();
  const writing = journalAt(path);
  fill(writing);
  writing.close();
  return path;
}

const of = (path: string) => patientWith({ 'journal.path': path }, { output });

describe('journal', () => {
  it('is well when every chain is whole, also while the terminal writes to it', async () => {
    const path = journalPath();
    journalEvents(journalAt(path), 'order-1', saleOf('order-1'));
    expect(await look(journal, of(path))).toMatchObject({
      verdict: 'ok',
      evidence: `${path}: every chain is whole; newest entry: 2025-03-01T10:00:04.000Z`,
    });
  });

  it.each([
    [
      'a changed entry',
      "UPDATE event SET body = replace(body, '1250', '9950')",
      /order order-1: entry 1 is not/,
    ],
    [
      'a missing entry',
      'DELETE FROM event WHERE at = (SELECT min(at) FROM event)',
      /order-1: entry 1 is missing/,
    ],
    ['a missing order', 'DELETE FROM payment_order', /names no order/],
  ])('fails with %s, in an order that nobody asks for', async (_, sql, evidence) => {
    const path = filled((writing) => journalEvents(writing, 'order-1', saleOf('order-1')));
    tamper(path, `PRAGMA foreign_keys = OFF; ${sql}`);
    expect(await look(journal, of(path))).toMatchObject({
      verdict: 'failed',
      evidence: expect.stringMatching(evidence),
      fault: 'journal-damaged',
      remedy: expect.stringContaining('journal salvage'),
    });
  });

  it('fails with a file that is no journal', async () => {
    const path = filled(() => {});
    overwrite(path, Buffer.alloc(4096, 'x'), 0);
    expect(await look(journal, of(path))).toMatchObject({
      verdict: 'failed',
      fault: 'journal-damaged',
    });
  });

  it('warns where there is none yet, and fails where one was', async () => {
    const path = journalPath();
    expect(await look(journal, of(path))).toMatchObject({ verdict: 'warning' });
    writeFileSync(`${path}-wal`, 'the log of a journal that is gone');
    expect(await look(journal, of(path))).toMatchObject({ verdict: 'failed' });
  });

  it('fails when the process that reads it does', async () => {
    const path = filled(() => {});
    const broken = patientWith({ 'journal.path': path }, { output: async () => null });
    expect(await look(journal, broken)).toMatchObject({ verdict: 'failed' });
  });
});

describe('settlements', () => {
  const hour = 3_600_000;
  const at = (path: string, now: number) =>
    patientWith({ 'journal.path': path }, { now: () => now });
  const reserved = saleOf('order-1').slice(0, 4);

  it('counts what is open', async () => {
    const path = filled((writing) => {
      journalEvents(writing, 'order-1', saleOf('order-1'));
      journalEvents(writing, 'order-2', saleOf('order-2').slice(0, 3), false);
    });
    expect(await look(settlements, at(path, morning + 60_000))).toMatchObject({
      verdict: 'ok',
      evidence: '1 unsettled, 0 events for the register',
    });
  });

  it('fails when a reservation, or a refund, waits for too long', async () => {
    const held = filled((writing) => journalEvents(writing, 'order-1', reserved, false));
    expect(await look(settlements, at(held, morning + DAY_MS + hour))).toMatchObject({
      verdict: 'failed',
      evidence: 'overdue: order-1',
      fault: 'capture-overdue',
    });
    const uncaptured = [
      refundStarted('r-1', morning, { autoCapture: false }),
      ...refundOf('r-1', morning).slice(1, 3),
    ];
    const refund = filled((writing) => journalRefund(writing, 'r-1', uncaptured, false));
    expect(await look(settlements, at(refund, morning + 21 * hour))).toMatchObject({
      verdict: 'failed',
      evidence: 'overdue: refund r-1',
      fault: 'refund-overdue',
    });
  });

  it('warns when the terminal does not settle what it owes', async () => {
    const path = filled((writing) => journalEvents(writing, 'order-1', reserved, false));
    expect(await look(settlements, at(path, morning + 2 * hour))).toMatchObject({
      verdict: 'warning',
      evidence: 'unsettled for more than an hour: order-1',
    });
  });

  it('warns when events pile up', async () => {
    const path = filled((writing) => {
      const outbox = Array.from({ length: 101 }, () => ({
        name: 'payment' as const,
        payload: snapshot('order-1'),
      }));
      writing.commit(batch({ outbox }));
    });
    expect(await look(settlements, at(path, morning))).toMatchObject({
      verdict: 'warning',
      evidence: '0 unsettled, 101 events for the register',
    });
  });

  it('are skipped where there is no journal', async () => {
    expect(await look(settlements, at(journalPath(), morning))).toMatchObject({
      verdict: 'skipped',
    });
  });
});

describe('disk-space', () => {
  const MB = 1024 * 1024;
  const mounts = (line: string) =>
    treeOf({ 'self/mounts': `/dev/root / ext4 rw,noatime 0 0\n${line}\nproc /proc proc rw 0 0\n` });
  const withSpace = (free: number, line = '', freeFiles: number | null = 1_000) => {
    const path = join(temporaryFolder(), 'not-yet/journal.db');
    const freeSpace = async () => ({ free, total: 1_000 * MB, freeFiles });
    const procDir = mounts(line.replace('$FOLDER', join(path, '../..')));
    return look(diskSpace, patientWith({ 'journal.path': path }, { freeSpace, procDir }));
  };

  it.each([
    [500, 'ok', null],
    [100, 'warning', null],
    [10, 'failed', 'disk-full'],
  ])('with %i MB free is %s', async (free, verdict, fault) => {
    expect(await withSpace(free * MB)).toMatchObject({
      verdict,
      fault,
      evidence: expect.stringContaining(`${free} MB of 1000 MB free`),
    });
  });

  it('fails when no more files can be made', async () => {
    expect(await withSpace(500 * MB, '', 3)).toMatchObject({
      verdict: 'failed',
      fault: 'disk-full',
    });
  });

  it('fails on a card that has become read-only', async () => {
    expect(await withSpace(500 * MB, '/dev/mmcblk0p3 $FOLDER ext4 ro,noatime 0 0')).toMatchObject({
      verdict: 'failed',
      evidence: expect.stringContaining('is mounted read-only'),
    });
  });

  it('warns of a journal in memory', async () => {
    expect(await withSpace(500 * MB, 'tmpfs $FOLDER tmpfs rw 0 0')).toMatchObject({
      verdict: 'warning',
      evidence: expect.stringContaining('may not survive a power cut'),
    });
  });

  it('fails on a real disk that has no room (needs root)', async ({ skip }) => {
    const folder = temporaryFolder();
    const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=4m', 'tmpfs', folder]);
    if (mounted.status !== 0) skip('this user may not mount a file system');
    onTestFinished(() => void spawnSync('umount', [folder]));
    writeFileSync(join(folder, 'ballast'), Buffer.alloc(3 * MB));
    const patient = patientWith({ 'journal.path': join(folder, 'journal.db') });
    expect(await look(diskSpace, patient)).toMatchObject({
      verdict: 'failed',
      evidence: `${folder}: 1 MB of 4 MB free`,
      fault: 'disk-full',
    });
  });
});

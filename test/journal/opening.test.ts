import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { openJournal } from '../../src/journal/sqlite-journal.ts';
import { fillJournal } from './fill.ts';
import { batch, journalEvents, journalPath, morning, saleOf, silent } from './samples.ts';

const SETTLED = 100_000;
const OPENINGS = 15;

function median(values: number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

/** Bytes this process has read so far, from the page cache or the disk. */
function bytesRead(): number {
  return Number(/rchar: (\d+)/.exec(readFileSync('/proc/self/io', 'utf8'))?.[1]);
}

/** What a terminal does with the journal before it is online. */
function boot(path: string): { ms: number; bytes: number } {
  const bytesBefore = bytesRead();
  const begun = performance.now();
  const journal = openJournal({ path, keepDays: 400, logger: silent });
  journal.newestTrustedAt();
  journal.openOrders();
  journal.unansweredCommands();
  journal.lastForeignCancelAt();
  journal.outboxAfter(0, 100);
  journal.commit(batch());
  const ms = performance.now() - begun;
  const bytes = bytesRead() - bytesBefore;
  journal.close();
  return { ms, bytes };
}

test('opening with 100,000 settled orders reads and takes hardly more than with few', () => {
  const few = journalPath();
  fillJournal(few, 100);
  const many = journalPath();
  fillJournal(many, SETTLED);
  for (const path of [few, many]) {
    const journal = openJournal({ path, keepDays: 400, logger: silent });
    journalEvents(journal, 'open', saleOf('open', morning).slice(0, 4), false);
    journal.close();
  }
  const times: Record<string, number[]> = { [few]: [], [many]: [] };
  const bytes: Record<string, number[]> = { [few]: [], [many]: [] };
  for (let round = 0; round < OPENINGS; round += 1) {
    for (const path of [few, many]) {
      const booted = boot(path);
      times[path]?.push(booted.ms);
      bytes[path]?.push(booted.bytes);
    }
  }
  const of = (figures: Record<string, number[]>, path: string) => median(figures[path] ?? []);
  // Two deeper levels of some trees, of 4 KB a page; the whole file has 180 MB.
  expect(of(bytes, many) - of(bytes, few)).toBeLessThan(400_000);
  // The quickest of each: whatever else the machine does only ever adds.
  const least = (path: string) => Math.min(...(times[path] ?? []));
  expect(least(many) / least(few)).toBeLessThan(1.5);
}, 120_000);

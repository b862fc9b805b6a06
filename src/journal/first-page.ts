import {
  closeSync,
  copyFileSync,
  existsSync,
  openSync,
  readSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { createJournalFile } from './journal-file.ts';

const PAGE_BYTES = 4_096;
/** Where the header keeps the size in pages, the first free page and their count. */
const SIZE_AT = 28;
const FREE_AT = 32;

/**
 * Copies a journal whose first page is lost and gives the copy the first page of an empty journal:
 * all tables of the first format lie where they lay when it was made.
 */
export function copyWithNewFirstPage(path: string, copy: string): void {
  const template = `${copy}.template`;
  for (const suffix of ['', '-wal', '-shm']) rmSync(`${copy}${suffix}`, { force: true });
  rmSync(template, { force: true });
  copyFileSync(path, copy);
  if (existsSync(`${path}-wal`)) copyFileSync(`${path}-wal`, `${copy}-wal`);
  createJournalFile(template);
  const page = Buffer.alloc(PAGE_BYTES);
  const from = openSync(template, 'r');
  try {
    readSync(from, page, 0, PAGE_BYTES, 0);
  } finally {
    closeSync(from);
    rmSync(template);
  }
  page.writeUInt32BE(Math.floor(statSync(copy).size / PAGE_BYTES), SIZE_AT);
  page.fill(0, FREE_AT, FREE_AT + 8);
  const to = openSync(copy, 'r+');
  try {
    writeSync(to, page, 0, PAGE_BYTES, 0);
  } finally {
    closeSync(to);
  }
}

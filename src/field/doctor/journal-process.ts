// Verifies a journal in a process of its own: SQLite holds everything else up meanwhile, and a journal
// of years takes a while on a small board. Prints one line of JSON.
import { verifyJournal } from './journal-verdict.ts';

process.stdout.write(`${JSON.stringify(verifyJournal(process.argv[2] ?? ''))}\n`);

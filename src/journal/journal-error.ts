import { TerminalError } from '../terminal-error.ts';

const REMEDY = 'Stop the service, keep the file, and run: beacon-terminal journal salvage';

/** The file cannot be believed: what it says about money is not to be acted on. */
export function damaged(path: string, what: string, cause?: unknown): TerminalError {
  const message = `The journal ${path} is damaged: ${what}. ${REMEDY} ${path}`;
  return new TerminalError('journal-damaged', message, cause === undefined ? {} : { cause });
}

function codeOf(error: unknown): string {
  if (typeof error !== 'object' || error === null || !('code' in error)) return '';
  return typeof error.code === 'string' ? error.code : '';
}

const unreadable = /^SQLITE_(CORRUPT|NOTADB|FORMAT|IOERR_(READ|SHORT_READ|CORRUPTFS|DATA)|ERROR$)/;
const unwritable =
  /^SQLITE_(FULL|IOERR|READONLY|BUSY|LOCKED|NOMEM)|^(ENOSPC|EDQUOT|EIO|EROFS|EFBIG)$/;
const forbidden = /^SQLITE_(CANTOPEN|PERM|AUTH)|^(EACCES|EPERM|ENOTDIR|EISDIR)$/;

/** What SQLite, the file system or a stored text complained of, in our words. */
export function journalError(path: string, error: unknown): TerminalError {
  if (error instanceof TerminalError) return error;
  const code = codeOf(error);
  const said = error instanceof Error ? error.message : String(error);
  if (unreadable.test(code) || error instanceof SyntaxError) {
    return damaged(path, `${said}${code === '' ? '' : ` (${code})`}`, error);
  }
  if (unwritable.test(code)) {
    return new TerminalError(
      'disk-full',
      `The journal ${path} cannot be written: ${said} (${code}). Free some space on its disk; it is tried again.`,
      { retry: 'safe', cause: error },
    );
  }
  if (forbidden.test(code)) {
    return new TerminalError(
      'not-permitted',
      `The journal ${path} cannot be opened: ${said} (${code}). Run this as the user of the service.`,
      { cause: error },
    );
  }
  return new TerminalError('internal', `The journal ${path} failed: ${said}`, { cause: error });
}

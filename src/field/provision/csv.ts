/**
 * A CSV text (RFC 4180) as rows of fields: quotes, line breaks within quotes, a byte order mark and
 * the semicolons that spreadsheets write where the comma is decimal.
 */
export function parseCsv(text: string): string[][] {
  const content = text.replace(/^\uFEFF/, '');
  const [header = ''] = content.split('\n', 1);
  const separator = header.includes(';') && !header.includes(',') ? ';' : ',';
  const field = new RegExp(
    `(?:"((?:[^"]|"")*)"|((?!")[^${separator}\\r\\n]*))(${separator}|\\r?\\n|$)`,
    'y',
  );
  const rows: string[][] = [];
  let row: string[] = [];
  while (field.lastIndex < content.length) {
    const at = field.lastIndex;
    const match = field.exec(content);
    if (match === null) {
      const line = content.slice(0, at).split('\n').length;
      throw new SyntaxError(`line ${line}: a quote is not closed, or stands within a field`);
    }
    const [, quoted, plain = '', end] = match;
    row.push(quoted === undefined ? plain.trim() : quoted.replaceAll('""', '"'));
    if (end === separator) {
      if (field.lastIndex >= content.length) row.push('');
      else continue;
    }
    if (row.some((text) => text !== '')) rows.push(row);
    row = [];
  }
  return row.length === 0 ? rows : [...rows, row];
}

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Report } from './report.ts';
import { reportPage } from './report-page.ts';

/** Writes `certification.json` and `certification.html`; returns the path of the page. */
export async function writeReport(dir: string, report: Report): Promise<string> {
  const page = join(dir, 'certification.html');
  await writeFile(join(dir, 'certification.json'), `${JSON.stringify(report, null, 2)}\n`);
  await writeFile(page, reportPage(report));
  return page;
}

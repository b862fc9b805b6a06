import { mkdirSync } from 'node:fs';
import { resolve } from 'node:path';
import { readSecret } from '../config/secrets.ts';
import { apiUrlProblem } from '../config/url-problems.ts';
import { exitCodes } from '../exit-codes.ts';
import { certify } from '../field/certify/certification.ts';
import type { Flow } from '../field/certify/flow.ts';
import { categories } from '../field/certify/flow.ts';
import { flows as allFlows } from '../field/certify/flows/flows.ts';
import type { PlatformAccess } from '../field/certify/own-client.ts';
import { reportOf } from '../field/certify/report.ts';
import { writeReport } from '../field/certify/report-files.ts';
import { createResultTable } from '../field/certify/result-table.ts';
import {
  DEMO_BRAND_ID,
  DEMO_CLIENT_ID,
  DEMO_CLIENT_SECRET,
  DEMO_LOCATION_ID,
  DEMO_PHONE_NUMBER,
  DEMO_VAT,
} from '../simulator/demo.ts';
import { startSimulator } from '../simulator/simulator.ts';
import { TerminalError } from '../terminal-error.ts';
import { version } from '../version.ts';
import type { Output } from './register-options.ts';

export interface CertifyFlags {
  against?: string;
  authUrl?: string;
  customerUrl?: string;
  clientId?: string;
  secretsDir: string;
  vat?: string;
  brand?: string;
  location?: string;
  phone?: string;
  clientVersion?: string;
  category?: string[];
  flow?: string[];
  report: string;
  jobs?: number;
}

/** Against the simulator several terminals at once; a real certification is watched call by call. */
const SIMULATOR_JOBS = 6;
/** A whole sale is polled a few times; nobody needs to wait long for that. */
const SIMULATOR_POLL_DELAY_MS = 300;
const LIVE_HOST = 'api.mobilepay.dk';

/** What the run is against, and how it ends. */
interface Opponent {
  /** As the report names it. */
  name: string;
  access: PlatformAccess;
  store: { brandId: string; locationId: string };
  jobs: number;
  close(): Promise<void>;
}

/**
 * `certify`: plays MobilePay's self-certification, prints a line per case, writes a report.
 * @returns 0 all passed, 1 something did not
 * @throws TerminalError `usage`, `unreachable`, `config-invalid` or `not-permitted`
 */
export async function certifyCommand(flags: CertifyFlags, out: Output): Promise<number> {
  const flows = chosenFlows(flags);
  const reportDir = preparedFolder(flags.report);
  const opponent = await (flags.against === undefined
    ? ownSimulator(flags)
    : theirPlatform(flags, flags.against));
  const interrupted = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => interrupted.abort());
  const startedAt = new Date();
  const startedMs = performance.now();
  try {
    const table = createResultTable(flows);
    const result = await certify({
      access: opponent.access,
      store: opponent.store,
      phoneNumber: flags.phone ?? DEMO_PHONE_NUMBER,
      flows,
      jobs: flags.jobs ?? opponent.jobs,
      signal: interrupted.signal,
      onFlow: (flow) => out.write(table.flow(flow)),
    });
    if (interrupted.signal.aborted) {
      out.write('\nInterrupted: nothing is certified, and no report is written.\n');
      return exitCodes.declined;
    }
    const report = reportOf(
      {
        software: { name: 'beacon-terminal', version },
        against: opponent.name,
        merchantVat: opponent.access.merchantVat,
        clientId: opponent.access.clientId,
        startedAt,
        durationMs: performance.now() - startedMs,
        complete: flows.length === allFlows.length,
      },
      result,
    );
    const page = await writeReport(reportDir, report);
    out.write(`${table.rules(report.rules)}${table.summary(report)}Report: ${page}\n`);
    return report.passed ? exitCodes.done : exitCodes.checkFailed;
  } finally {
    await opponent.close();
  }
}

/** @throws TerminalError `usage`, naming what there is */
function chosenFlows({ category: categoryNames, flow: flowNames }: CertifyFlags): readonly Flow[] {
  const inCategory = allFlows.filter(({ category }) => isAmong(categoryNames, category));
  const unknown = categoryNames?.find((name) => !categories.some((one) => isAmong([name], one)));
  if (unknown !== undefined) {
    const message = `--category: "${unknown}" is none of ${categories.join(', ')}`;
    throw new TerminalError('usage', message);
  }
  const lost = flowNames?.find((name) => !inCategory.some((flow) => isAmong([name], flow.name)));
  if (lost !== undefined) {
    const names = inCategory.map(({ name }) => `"${name}"`).join(', ');
    throw new TerminalError('usage', `--flow: "${lost}" is none of ${names}`);
  }
  return inCategory.filter(({ name }) => isAmong(flowNames, name));
}

function isAmong(names: readonly string[] | undefined, name: string): boolean {
  return names?.some((one) => one.trim().toLowerCase() === name.toLowerCase()) ?? true;
}

/** @throws TerminalError before anything is played, when the report could not be written */
function preparedFolder(dir: string): string {
  try {
    mkdirSync(dir, { recursive: true });
    return resolve(dir);
  } catch (error) {
    const { code = 'unknown error' } = error as NodeJS.ErrnoException;
    const message = `--report: ${dir} cannot be made a folder (${code}); name another`;
    throw new TerminalError(code === 'EACCES' ? 'not-permitted' : 'usage', message, {
      cause: error,
    });
  }
}

async function ownSimulator(flags: CertifyFlags): Promise<Opponent> {
  const simulator = await startSimulator({
    host: '127.0.0.1',
    port: 0,
    pollDelayMs: SIMULATOR_POLL_DELAY_MS,
  });
  return {
    name: 'the PoS V10 simulator of beacon-terminal',
    access: {
      baseUrl: simulator.url,
      authUrl: `${simulator.url}/integrator-authentication`,
      customerUrl: simulator.url,
      clientId: DEMO_CLIENT_ID,
      clientSecret: DEMO_CLIENT_SECRET,
      merchantVat: DEMO_VAT,
      version: flags.clientVersion ?? version,
    },
    store: { brandId: DEMO_BRAND_ID, locationId: DEMO_LOCATION_ID },
    jobs: SIMULATOR_JOBS,
    close: () => simulator.close(),
  };
}

/** MobilePay's self-certification, or what else speaks PoS V10. */
async function theirPlatform(flags: CertifyFlags, against: string): Promise<Opponent> {
  const baseUrl = checkedUrl('--against', against);
  const { origin } = new URL(baseUrl);
  const clientSecret = readSecret('mobilepay-client-secret', flags.secretsDir, process.env);
  if (clientSecret === undefined) {
    throw new TerminalError(
      'config-invalid',
      `the secret mobilepay-client-secret is missing; put it into ${flags.secretsDir} (mode 0600) or BEACON_TERMINAL_MOBILEPAY_CLIENT_SECRET`,
    );
  }
  if (flags.clientId === undefined) {
    throw new TerminalError('usage', '--against needs --client-id, the one for the sandbox');
  }
  return {
    name: baseUrl,
    access: {
      baseUrl,
      // Tokens and customers are at the sandbox's ordinary address, whatever the base's path is.
      authUrl: checkedUrl('--auth-url', flags.authUrl ?? `${origin}/integrator-authentication`),
      customerUrl: checkedUrl('--customer-url', flags.customerUrl ?? origin),
      clientId: flags.clientId,
      clientSecret,
      merchantVat: flags.vat ?? 'DK90000028',
      version: flags.clientVersion ?? version,
    },
    store: { brandId: flags.brand ?? 'MPPOSCERT1', locationId: flags.location ?? '00001' },
    jobs: 1,
    close: async () => {},
  };
}

/** Customers are made up and payments left to others here: nothing for real money. */
function checkedUrl(flag: string, text: string): string {
  const problem = apiUrlProblem(text);
  if (problem !== undefined) throw new TerminalError('usage', `${flag}: ${problem}`);
  if (new URL(text).hostname === LIVE_HOST) {
    throw new TerminalError('usage', `${flag}: ${LIVE_HOST} takes real money; name the sandbox`);
  }
  return text.replace(/\/+$/, '');
}

import type { Writable } from 'node:stream';
import type { Logger } from 'pino';
import {
  DEMO_BRAND_ID,
  DEMO_CLIENT_ID,
  DEMO_LOCATION_ID,
  DEMO_VAT,
  demoClient,
  neighbourClient,
  SECOND_DEMO_VAT,
} from './demo.ts';
import { readFaultScript } from './fault-script.ts';
import { PortTakenError } from './port-taken-error.ts';
import { type Simulator, startSimulator } from './simulator.ts';

export interface SimulatorFlags {
  host: string;
  /** The page. */
  port: number;
  apiPort: number;
  /** Without it the state is gone with the process. */
  data?: string | undefined;
  /** A fault script, JSON or YAML. */
  faults?: string | undefined;
  /** Where a PoS with a callbackAlias is notified of check-ins: alias to URL. */
  callback?: Record<string, string> | undefined;
  logger?: Logger | undefined;
}

/** A flag of this command named something that is not to be had (exit code 69). */
export class FlagUnavailableError extends Error {
  readonly exitCode = 69;
  readonly flag: string;

  constructor(flag: string, reason: string) {
    super(`${flag}: ${reason}`);
    this.name = 'FlagUnavailableError';
    this.flag = flag;
  }
}

/**
 * `beacon-terminal simulator`: runs until SIGINT or SIGTERM, or until `stop` is aborted.
 * Prints the ready line on `output`. Throws FlagUnavailableError when a port is taken, TerminalError
 * `config-invalid` when the fault script is none.
 */
export async function runSimulator(
  flags: SimulatorFlags,
  output: Writable = process.stdout,
  stop?: AbortSignal,
): Promise<void> {
  const simulator = await start(flags);
  output.write(
    `${JSON.stringify({
      ready: true,
      console: `${simulator.controlUrl}/simulator`,
      mqtt: null,
      api: simulator.url,
      terminalId: null,
      beaconId: null,
      clientId: DEMO_CLIENT_ID,
      merchantVat: DEMO_VAT,
      merchantBrandId: DEMO_BRAND_ID,
      merchantLocationId: DEMO_LOCATION_ID,
    })}\n`,
  );
  await untilStopped(stop);
  await simulator.close();
}

async function start(flags: SimulatorFlags): Promise<Simulator> {
  const { host, port, apiPort, data, faults, callback, logger } = flags;
  const script = faults === undefined ? undefined : readFaultScript(faults);
  try {
    return await startSimulator({
      host,
      port: apiPort,
      controlPort: port,
      dataDir: data,
      clients: [{ ...demoClient, merchantVats: [DEMO_VAT, SECOND_DEMO_VAT] }, neighbourClient],
      callbacks: callback,
      script,
      logger,
    });
  } catch (error) {
    if (!(error instanceof PortTakenError)) throw error;
    const flag = error.listener === 'api' ? '--api-port' : '--port';
    throw new FlagUnavailableError(flag, `${error.message}; name another or 0 for a free one`);
  }
}

async function untilStopped(stop: AbortSignal | undefined): Promise<void> {
  await new Promise<void>((resolve) => {
    const finish = () => {
      process.off('SIGINT', finish);
      process.off('SIGTERM', finish);
      resolve();
    };
    process.once('SIGINT', finish);
    process.once('SIGTERM', finish);
    if (stop?.aborted) finish();
    else stop?.addEventListener('abort', finish, { once: true });
  });
}

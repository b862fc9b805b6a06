import { bootConfig } from '../config/in-force.ts';
import { problemsWith } from '../config/load.ts';
import { createRemoteConfig } from '../config/remote-config.ts';
import { writeRemoteState } from '../config/remote-file.ts';
import { loadSecrets } from '../config/secrets.ts';
import { exitCodes } from '../exit-codes.ts';
import { createDoctorCall } from '../field/doctor/doctor-call.ts';
import { createLogger } from '../log.ts';
import { startTerminal } from '../terminal.ts';
import { healthSentence } from './health-sentence.ts';
import { noteLights } from './lights-note.ts';
import { createServiceManager } from './service-manager.ts';

const STOP_WITHIN_MS = 9_500;

/**
 * `beacon-terminal run`: the terminal itself, until SIGTERM or SIGINT.
 * Prints the ready line on stdout when the terminal can take its first payment.
 */
export async function runCommand(flags: { config?: string }): Promise<number> {
  const boot = bootConfig(flags.config, process.env);
  const { config } = boot;
  const secrets = loadSecrets(config, process.env);
  const logger = createLogger(config.log.level, [
    secrets.mobilepayClientSecret,
    secrets.mqttPassword ?? '',
  ]);
  if (boot.trouble !== null) {
    logger.error({ why: boot.trouble }, 'configuration from afar that does not count');
  }
  // Whatever is lost here stands in the journal: dying is safer than going on half.
  process.setUncaughtExceptionCaptureCallback(null);
  process.setUncaughtExceptionCaptureCallback((error) => {
    logger.fatal({ err: error }, 'internal error; the terminal ends and must be started again');
    process.exit(exitCodes.internal);
  });
  const signal = new Promise<string>((resolve) => {
    process.once('SIGTERM', resolve);
    process.once('SIGINT', resolve);
    // Only where a parent holds an IPC channel: a world that has died takes its terminal along.
    process.once('disconnect', () => resolve('disconnect'));
  });
  noteLights(config.panel.lights, process.env);
  const manager = createServiceManager(process.env, logger);
  const terminal = await startTerminal(config, secrets, {
    logger,
    examine: createDoctorCall({ config: flags.config, logger }),
    remoteConfig: (world) =>
      createRemoteConfig({
        ...world,
        state: boot.state,
        trouble: boot.trouble,
        env: process.env,
        problemsWith: (settings) => problemsWith(flags.config, process.env, settings),
        write: (state) => writeRemoteState(boot.remoteFile, state),
      }),
    onView(view) {
      manager.status(healthSentence(view));
      // Also when it is out of order: it has started, and says so.
      if (view.phase !== 'starting') manager.ready();
    },
    onReady: (ready) => process.stdout.write(`${JSON.stringify({ ready: true, ...ready })}\n`),
  });
  manager.guard(terminal.standstill);
  const ended = await Promise.race([signal, terminal.done]);
  if (typeof ended === 'string') logger.info({ signal: ended }, 'stopping');
  const told = manager.stopping();
  const late = setTimeout(() => {
    logger.fatal('the terminal did not stop in time; what is unsettled stands in the journal');
    process.exit(exitCodes.internal);
  }, STOP_WITHIN_MS);
  await terminal.stop();
  await told;
  clearTimeout(late);
  return typeof ended === 'string' ? exitCodes.done : ended;
}

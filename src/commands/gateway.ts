import { loadGatewayConfig } from '../config/load.ts';
import { readSecret } from '../config/secrets.ts';
import { exitCodes } from '../exit-codes.ts';
import { type Gateway, startGateway } from '../gateway/gateway.ts';
import { createLogger } from '../log.ts';
import { createServiceManager } from './service-manager.ts';

const STOP_WITHIN_MS = 9_500;

/**
 * `beacon-terminal gateway`: MobilePay's check-in notifications into MQTT, until SIGTERM or SIGINT.
 * Prints the ready line on stdout when the terminals are known. SIGHUP reads the certificate again.
 * @throws TerminalError `config-invalid`, `not-permitted`, `port-taken`
 */
export async function gatewayCommand(flags: { config?: string }): Promise<number> {
  const config = loadGatewayConfig(flags.config, process.env);
  const password = readSecret('mqtt-password', config.secretsDir, process.env);
  const logger = createLogger(config.log.level, [password ?? '']);
  const { cert, key, listen, port } = config.gateway;
  const { url: urls, ...access } = config.mqtt;
  const signal = new Promise<string>((resolve) => {
    process.once('SIGTERM', resolve);
    process.once('SIGINT', resolve);
  });
  const gateway: Gateway = await startGateway({
    mqtt: { ...access, urls, password },
    listen,
    port,
    certificate: cert === undefined || key === undefined ? undefined : { cert, key },
    console: config.console,
    logger,
    onReady() {
      const { url, consoleUrl } = gateway;
      const ready = { ready: true, url, console: consoleUrl, mqtt: urls[0] };
      process.stdout.write(`${JSON.stringify(ready)}\n`);
    },
  });
  logger.info({ url: gateway.url, console: gateway.consoleUrl }, 'listening');
  const manager = createServiceManager(process.env, logger);
  manager.status(`Listens on ${gateway.url}`);
  manager.ready();
  manager.guard(() => null);
  process.on('SIGHUP', () => gateway.reloadCertificate());
  logger.info({ signal: await signal }, 'stopping');
  const told = manager.stopping();
  const late = setTimeout(() => {
    logger.fatal('the gateway did not stop in time');
    process.exit(exitCodes.internal);
  }, STOP_WITHIN_MS);
  await gateway.stop();
  await told;
  clearTimeout(late);
  return exitCodes.done;
}

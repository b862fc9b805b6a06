import type { Logger } from 'pino';
import { listen, urlOf } from '../http/listening.ts';
import type { BrokerAccess } from '../mqtt/broker-client.ts';
import { createBrokerLink } from './broker-link.ts';
import type { CertificateFiles } from './certificate.ts';
import { keepCertificate } from './certificate.ts';
import { createConsoleServer } from './console-server.ts';
import { createGatewayMetrics } from './metrics.ts';
import { NOTIFICATION_PATH } from './notification-route.ts';
import { createNotificationServer } from './notification-server.ts';

export interface GatewayOptions {
  mqtt: BrokerAccess & { urls: string[]; prefix: string };
  listen: string;
  /** 0: any free one. */
  port: number;
  /** Undefined: plain HTTP, for a reverse proxy on this machine. */
  certificate: CertificateFiles | undefined;
  /** Where health and metrics are served; undefined: nowhere. */
  console: { host: string; port: number } | undefined;
  logger: Logger;
  /** Connected and terminals known, for the first time. */
  onReady(): void;
}

export interface Gateway {
  /** What MobilePay is to be given, with the host listened on in the merchant's place. */
  readonly url: string;
  readonly consoleUrl: string | null;
  /** Takes a renewed certificate into use at once. */
  reloadCertificate(): void;
  /** Stops listening, finishes what is under way, leaves the broker; within 9 s. */
  stop(): Promise<void>;
}

const LEAVE_BROKER_MS = 1_000;

/**
 * Turns MobilePay's check-in notifications into MQTT commands. It keeps nothing: any number of
 * gateways may run side by side.
 * @throws TerminalError `config-invalid`, `not-permitted`, `port-taken`, naming the config key. A
 *   broker that is away is none: it is awaited, and notifications are answered 503 meanwhile.
 */
export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const { logger, certificate: files } = options;
  let ready = false;
  const link = createBrokerLink({
    ...options.mqtt,
    logger,
    onReady() {
      if (!ready) options.onReady();
      ready = true;
    },
  });
  const keeper = files && keepCertificate(files, logger);
  const metrics = createGatewayMetrics({
    brokerConnected: () => link.connected,
    knownTerminals: () => link.directory?.size ?? 0,
    certificateExpiry: () => keeper?.current.expiresAt,
  });
  const certificate = keeper?.current;
  const notifications = createNotificationServer({ certificate, link, metrics, logger });
  keeper?.watch((renewed) => notifications.useCertificate(renewed));
  const consoleServer = options.console && createConsoleServer(link, metrics);

  async function stop() {
    keeper?.close();
    await notifications.stop();
    await link.stop(LEAVE_BROKER_MS);
    await consoleServer?.close();
  }

  try {
    let consoleUrl: string | null = null;
    if (consoleServer !== undefined && options.console !== undefined) {
      const keys = { host: 'console.host', port: 'console.port' };
      const port = await listen(consoleServer, options.console, keys);
      consoleUrl = urlOf('http', options.console.host, port);
    }
    const address = { host: options.listen, port: options.port };
    const keys = { host: 'gateway.listen', port: 'gateway.port' };
    const port = await listen(notifications.app, address, keys);
    const protocol = files === undefined ? 'http' : 'https';
    link.start();
    return {
      url: `${urlOf(protocol, options.listen, port)}${NOTIFICATION_PATH}`,
      consoleUrl,
      reloadCertificate: () => keeper?.reload(),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

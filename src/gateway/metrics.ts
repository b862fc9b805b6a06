import { Counter, Gauge, Histogram, Registry } from 'prom-client';

/** What became of a notification. */
export const outcomes = [
  'accepted',
  'unknown-pos',
  'invalid',
  'rate-limited',
  'broker-unavailable',
] as const;
export type Outcome = (typeof outcomes)[number];

export interface GatewayMetrics {
  count(outcome: Outcome): void;
  /** From the arrival of an accepted notification to the broker's acknowledgement. */
  observeSeconds(seconds: number): void;
  /** In the text format of Prometheus. */
  readonly registry: Registry;
}

/** The gauges are read when somebody looks. */
export function createGatewayMetrics(now: {
  brokerConnected(): boolean;
  knownTerminals(): number;
  /** Undefined without TLS. */
  certificateExpiry(): Date | undefined;
}): GatewayMetrics {
  const registry = new Registry();
  const registers = [registry];
  const notifications = new Counter({
    name: 'beacon_gateway_notifications_total',
    help: 'Check-in notifications from MobilePay by what became of them',
    labelNames: ['outcome'],
    registers,
  });
  // A rate can be told of what was zero before, not of what was absent.
  for (const outcome of outcomes) notifications.inc({ outcome }, 0);
  const duration = new Histogram({
    name: 'beacon_gateway_notification_duration_seconds',
    help: "From the arrival of an accepted notification to the broker's acknowledgement",
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5],
    registers,
  });
  new Gauge({
    name: 'beacon_gateway_broker_connected',
    help: '1 while there is a connection to the MQTT broker',
    registers,
    collect() {
      this.set(now.brokerConnected() ? 1 : 0);
    },
  });
  new Gauge({
    name: 'beacon_gateway_known_terminals',
    help: 'Terminals whose point of sale is known',
    registers,
    collect() {
      this.set(now.knownTerminals());
    },
  });
  if (now.certificateExpiry() !== undefined) {
    new Gauge({
      name: 'beacon_gateway_certificate_expiry_timestamp_seconds',
      help: 'When the certificate in use expires, in Unix time',
      registers,
      collect() {
        this.set((now.certificateExpiry()?.getTime() ?? 0) / 1000);
      },
    });
  }
  return {
    count: (outcome) => notifications.inc({ outcome }),
    observeSeconds: (seconds) => duration.observe(seconds),
    registry,
  };
}

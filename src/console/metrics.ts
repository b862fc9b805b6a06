import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import { faultCodes } from '../contract/faults.ts';
import type { EventPayload } from '../contract/messages.ts';
import type { PaymentSnapshot } from '../contract/payment-snapshot.ts';
import type { RefundSnapshot } from '../contract/refund-snapshot.ts';
import type { TerminalView } from '../ports.ts';
import type { Sight } from './onlooker.ts';
import type { PaymentBook } from './payment-book.ts';

/** What only the moment of asking can tell. */
export interface MomentarySources {
  terminalId: string;
  version: string;
  /** Undefined until the terminal has shown itself. */
  view(): TerminalView | undefined;
  ready(): boolean;
  outbox(): { length: number; oldestSeconds: number };
  /** PEM file by which the broker knows the terminal; undefined: by another way. */
  certificateFile: string | undefined;
}

export interface TerminalMetrics {
  /** In Prometheus' text format. */
  readonly registry: Registry;
  take(sight: Sight): void;
  close(): void;
}

/** Often enough to notice a stall of a poll's length, seldom enough for a small processor. */
const DELAY_SAMPLE_MS = 20;
const quantiles = [
  ['0.5', 50],
  ['0.99', 99],
] as const;
/** A rate can be told of what was zero before, not of what was absent. */
const toldOutcomes = ['approved', 'declined', 'unknown'] as const;

/** The terminal's figures for Prometheus. Nothing here is asked or waited for while it sells. */
export function createTerminalMetrics(
  book: PaymentBook,
  sources: MomentarySources,
): TerminalMetrics {
  const registry = new Registry();
  const counters = countersOf(registry);
  addGauges(registry, sources);
  const stopDelay = addEventLoopDelay(registry);
  let connections = 0;
  let connected = false;
  let radioStarts = 0;

  function onView(view: TerminalView) {
    if (view.mqttConnected && !connected) {
      connections += 1;
      if (connections > 1) counters.reconnects.inc();
    }
    connected = view.mqttConnected;
  }

  function onTold({ name, payload }: Extract<Sight, { of: 'commit' }>['told'][number]) {
    if (name === 'payment') {
      const payment = payload as PaymentSnapshot;
      if (book.note(payment) && payment.outcome !== 'pending') {
        counters.payments.inc({ outcome: payment.outcome });
      }
    }
    if (name === 'refund') counters.refund(payload as RefundSnapshot);
    if (name === 'fault') {
      const { code, cleared } = payload as EventPayload<'fault'>;
      if (!cleared) counters.faults.inc({ code });
    }
  }

  return {
    registry,
    take(sight) {
      switch (sight.of) {
        case 'commit':
          counters.commits.observe(sight.seconds);
          for (const event of sight.told) onTold(event);
          return;
        case 'api': {
          const { operation, seconds, error } = sight.tried;
          counters.calls.observe({ operation }, seconds);
          if (error !== null) counters.errors.inc({ operation, code: error });
          return;
        }
        case 'view':
          return onView(sight.view);
        case 'radio-start':
          radioStarts += 1;
          if (radioStarts > 1) counters.radioRestarts.inc();
          return;
        case 'scene':
          return;
      }
    },
    close: stopDelay,
  };
}

function countersOf(registry: Registry) {
  const registers = [registry];
  const payments = new Counter({
    name: 'beacon_payments_total',
    help: 'Payments by outcome, counted when the outcome was known; unknown may be followed by another',
    labelNames: ['outcome'],
    registers,
  });
  const refunds = new Counter({
    name: 'beacon_refunds_total',
    help: 'Refunds by outcome, counted when the outcome was known',
    labelNames: ['outcome'],
    registers,
  });
  for (const outcome of toldOutcomes) {
    payments.inc({ outcome }, 0);
    refunds.inc({ outcome }, 0);
  }
  const faults = new Counter({
    name: 'beacon_faults_total',
    help: 'Faults by code, counted when they begin; also those that only happen and do not last',
    labelNames: ['code'],
    registers,
  });
  for (const code of faultCodes) faults.inc({ code }, 0);
  const refundOutcomes = new Map<string, string>();
  return {
    payments,
    faults,
    refund({ refundOrderId, outcome }: RefundSnapshot) {
      const before = refundOutcomes.get(refundOrderId);
      refundOutcomes.delete(refundOrderId);
      refundOutcomes.set(refundOrderId, outcome);
      for (const oldest of refundOutcomes.keys()) {
        if (refundOutcomes.size <= 1000) break;
        refundOutcomes.delete(oldest);
      }
      if (before !== outcome && outcome !== 'pending') refunds.inc({ outcome });
    },
    calls: new Histogram({
      name: 'beacon_api_request_duration_seconds',
      help: 'From the start of a request to MobilePay to the end of its answer, each try by itself',
      labelNames: ['operation'],
      // MobilePay's rules end a GET after 0.5 s and all else after 2 s.
      buckets: [0.025, 0.05, 0.1, 0.25, 0.5, 1, 2],
      registers,
    }),
    errors: new Counter({
      name: 'beacon_api_errors_total',
      help: 'Tries that MobilePay refused, by its code; http-STATUS, no-answer and not-sent where there was none',
      labelNames: ['operation', 'code'],
      registers,
    }),
    reconnects: new Counter({
      name: 'beacon_mqtt_reconnects_total',
      help: 'Connections to the broker after the first',
      registers,
    }),
    commits: new Histogram({
      name: 'beacon_journal_commit_duration_seconds',
      help: 'How long a commit took to reach the disk',
      buckets: [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1],
      registers,
    }),
    radioRestarts: new Counter({
      name: 'beacon_radio_restarts_total',
      help: "Starts of the radio's process after the first",
      registers,
    }),
  };
}

function addGauges(registry: Registry, sources: MomentarySources): void {
  const registers = [registry];
  const gauge = (name: string, help: string, read: () => number) =>
    new Gauge({
      name,
      help,
      registers,
      collect() {
        this.set(read());
      },
    });
  const flag = (value: boolean | undefined) => (value === true ? 1 : 0);
  const { view } = sources;
  new Gauge({
    name: 'beacon_info',
    help: 'Always 1; its labels say which terminal and which version this is',
    labelNames: ['terminal', 'version'],
    registers,
  }).set({ terminal: sources.terminalId, version: sources.version }, 1);
  gauge('beacon_ready', '1 while the terminal takes payments', () => flag(sources.ready()));
  gauge('beacon_api_reachable', '1 while MobilePay answers', () => flag(view()?.apiReachable));
  gauge('beacon_mqtt_connected', '1 while there is a connection to the broker', () =>
    flag(view()?.mqttConnected),
  );
  gauge('beacon_radio_advertising', '1 while the beacon is on the air', () =>
    flag(view()?.advertising),
  );
  new Gauge({
    name: 'beacon_fault',
    help: '1 while the fault of this code lasts',
    labelNames: ['code'],
    registers,
    collect() {
      const faults = view()?.faults ?? [];
      for (const code of faultCodes) this.set({ code }, flag(faults.includes(code)));
    },
  });
  const length = new Gauge({
    name: 'beacon_outbox_length',
    help: 'Events that the broker has not acknowledged',
    registers,
    collect() {
      const outbox = sources.outbox();
      length.set(outbox.length);
      oldest.set(outbox.oldestSeconds);
    },
  });
  const oldest = new Gauge({
    name: 'beacon_outbox_oldest_seconds',
    help: 'Age of the oldest event that the broker has not acknowledged',
    registers,
  });
  const { certificateFile } = sources;
  const expiry = new Gauge({
    name: 'beacon_broker_certificate_expiry_timestamp_seconds',
    help: "When the terminal's own certificate at the broker expires, in Unix time; absent: it has none",
    registers,
    collect() {
      const at = certificateFile === undefined ? null : expiryOf(certificateFile);
      if (at === null) expiry.remove();
      else expiry.set(at);
    },
  });
  gauge('process_resident_memory_bytes', 'Resident memory of the process', () =>
    process.memoryUsage.rss(),
  );
  gauge('process_start_time_seconds', 'When the process started, in Unix time', () =>
    Math.round(performance.timeOrigin / 1000),
  );
}

/** Null for a file that cannot be read: `doctor` tells. */
function expiryOf(file: string): number | null {
  try {
    return Date.parse(new X509Certificate(readFileSync(file)).validTo) / 1000;
  } catch {
    return null;
  }
}

/** Returns what ends the measuring. */
function addEventLoopDelay(registry: Registry): () => void {
  const delay = monitorEventLoopDelay({ resolution: DELAY_SAMPLE_MS });
  delay.enable();
  // What is measured is the whole time from one sample to the next.
  const secondsOf = (nanoseconds: number) =>
    Math.max(0, nanoseconds / 1e9 - DELAY_SAMPLE_MS / 1000);
  new Gauge({
    name: 'beacon_event_loop_delay_seconds',
    help: 'How late the event loop was, since it was asked last; quantile 1 is the longest',
    labelNames: ['quantile'],
    registers: [registry],
    collect() {
      for (const [quantile, percent] of quantiles) {
        this.set({ quantile }, secondsOf(delay.percentile(percent)));
      }
      this.set({ quantile: '1' }, secondsOf(delay.max));
      delay.reset();
    },
  });
  return () => delay.disable();
}

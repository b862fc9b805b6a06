import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  DEMO_BRAND_ID,
  DEMO_CLIENT_ID,
  DEMO_CLIENT_SECRET,
  DEMO_LOCATION_ID,
  DEMO_VAT,
} from '../../src/simulator/demo.ts';
import type { Exchange } from '../../src/simulator/exchange.ts';
import type { Payment } from '../../src/simulator/payment.ts';
import { isActive } from '../../src/simulator/payment-states.ts';
import type { Refund } from '../../src/simulator/refund.ts';
import { type Simulator, startSimulator } from '../../src/simulator/simulator.ts';
import { TerminalUnderTest } from './terminal-under-test.ts';
import { Till } from './till.ts';

const PREFIX = 'crash/1';

/** A MobilePay of its own, where shops are opened one after the other. */
export class Street {
  readonly simulator: Simulator;
  readonly brokerUrl: string;
  shop: Shop | undefined;

  private constructor(simulator: Simulator, brokerUrl: string) {
    this.simulator = simulator;
    this.brokerUrl = brokerUrl;
  }

  static async open(brokerUrl: string, pollDelayMs = 40): Promise<Street> {
    let street: Street | undefined;
    const simulator = await startSimulator({
      host: '127.0.0.1',
      port: 0,
      pollDelayMs,
      loyaltyLookupMs: 0,
      refundReservationMs: 40,
      onExchange: (exchange) => street?.shop?.exchanges.push(exchange),
      onChange: () => street?.shop?.tick(),
    });
    street = new Street(simulator, brokerUrl);
    return street;
  }

  async close(): Promise<void> {
    await this.simulator.close();
  }
}

export interface ShopOptions {
  payment?: Record<string, unknown>;
  wrapper?: readonly string[];
  environment?: Record<string, string>;
  logLevel?: string;
}

let shops = 0;

/** One terminal with its register, its point of sale and its customer, used for one story. */
export class Shop {
  readonly street: Street;
  readonly terminalId: string;
  readonly beaconId: string;
  readonly folder: string;
  readonly terminal: TerminalUnderTest;
  readonly exchanges: Exchange[] = [];
  readonly orderId: string;
  readonly refundOrderId: string;
  /** A reservation of somebody else, on our point of sale from its first moment. */
  foreign: Payment | undefined;
  /** Called, a little later, when anything has happened anywhere. */
  onTick: () => void = () => {};
  onExit: (boot: number, signal: NodeJS.Signals | null, code: number | null) => void = () => {};
  #till: Till | undefined;
  #ticking = false;
  #closed = false;

  private constructor(street: Street, options: ShopOptions) {
    shops += 1;
    this.street = street;
    const number = `${process.pid}${String(shops).padStart(6, '0')}`;
    this.terminalId = `t${number}`;
    this.orderId = `order-${shops}`;
    this.refundOrderId = `refund-${shops}`;
    this.beaconId = number.padStart(15, '1').slice(-15);
    this.folder = mkdtempSync(join(tmpdir(), 'beacon-crash-'));
    writeConfig(this, options);
    this.terminal = new TerminalUnderTest({
      folder: this.folder,
      apiPort: Number(new URL(street.simulator.url).port),
      onExit: (boot, signal, code) => {
        this.onExit(boot, signal, code);
        this.tick();
      },
      ...(options.wrapper === undefined ? {} : { wrapper: options.wrapper }),
      ...(options.environment === undefined ? {} : { environment: options.environment }),
    });
  }

  static async open(street: Street, options: ShopOptions = {}): Promise<Shop> {
    const shop = new Shop(street, options);
    street.shop = shop;
    street.simulator.violations.length = 0;
    shop.#till = await Till.open({
      url: street.brokerUrl,
      root: `${PREFIX}/${shop.terminalId}`,
      held: () => shop.payments().map(({ status }) => status),
      onHeard: () => shop.tick(),
    });
    return shop;
  }

  get till(): Till {
    if (this.#till === undefined) throw new Error('the shop is not open');
    return this.#till;
  }

  get journalPath(): string {
    return join(this.folder, 'journal.db');
  }

  get configPath(): string {
    return join(this.folder, 'config.yaml');
  }

  /** What MobilePay holds for our order. */
  payments(orderId = this.orderId): Payment[] {
    return this.street.simulator.payments().filter((payment) => payment.orderId === orderId);
  }

  payment(): Payment | undefined {
    return this.payments().at(-1);
  }

  /** What MobilePay holds for our refund. */
  refunds(): Refund[] {
    return this.street.simulator
      .refunds()
      .filter(({ refundOrderId }) => refundOrderId === this.refundOrderId);
  }

  /** Everything on our point of sale. */
  allPayments(): Payment[] {
    const ids = new Set(this.posIds());
    return this.street.simulator.payments().filter(({ posId }) => ids.has(posId));
  }

  posIds(): string[] {
    return this.street.simulator
      .pos()
      .filter(({ merchantPosId }) => merchantPosId === this.terminalId)
      .map(({ posId }) => posId);
  }

  checkIn(): void {
    this.street.simulator.phone.checkIn(this.beaconId);
  }
  accept(): void {
    this.street.simulator.phone.accept(this.beaconId);
  }
  refuse(): void {
    this.street.simulator.phone.refuse(this.beaconId);
  }

  activeOnPos(): Payment[] {
    return this.allPayments().filter(({ status }) => isActive(status));
  }

  /** Something happened: let the people in the shop look, once the dust has settled. */
  tick(): void {
    if (this.#ticking || this.#closed) return;
    this.#ticking = true;
    setImmediate(() => {
      this.#ticking = false;
      if (this.#closed) return;
      const posId = this.posIds()[0];
      if (this.foreign === undefined && posId !== undefined) {
        this.foreign = this.street.simulator.placePayment({ posId, status: 'Reserved' });
      }
      this.onTick();
    });
  }

  /** Resolves once `fits` holds, looked at whenever anything happens. */
  async until(what: string, fits: () => boolean, timeoutMs = 20_000): Promise<void> {
    if (fits()) return;
    const former = this.onTick;
    await new Promise<void>((resolve, reject) => {
      const finish = (end: () => void) => {
        clearTimeout(timer);
        this.onTick = former;
        end();
      };
      const timer = setTimeout(
        () => finish(() => reject(new Error(`${what}: not within ${timeoutMs} ms`))),
        timeoutMs,
      );
      this.onTick = () => {
        try {
          former();
          if (fits()) finish(resolve);
        } catch (error) {
          finish(() => reject(error));
        }
      };
    });
  }

  async untilIdle(): Promise<void> {
    await this.until('idle', () => {
      const { state } = this.till;
      return state?.online === true && state.phase === 'idle';
    });
  }

  /** What happened, for whoever has to find out why. */
  story(): string {
    const heard = this.till.heard.map(
      ({ topic, text, held }) => `${topic} [${held.join(' ')}] ${text}`,
    );
    const calls = this.exchanges.map(
      ({ method, path, status, errorCode, fault, summary }) =>
        `${method} ${path} → ${status} ${errorCode ?? ''} ${fault ?? ''} ${summary}`,
    );
    const points = Array.from({ length: this.terminal.boots }, (_, index) => {
      const passed = this.terminal.pointsOf(index + 1);
      return `boot ${index + 1}: ${passed.length} points, the last: ${passed.at(-1)}`;
    });
    const sections: [string, string[]][] = [
      ['heard', heard],
      ['sent', this.till.sent.map(({ name, text }) => `${name} ${text}`)],
      ['calls', calls],
      ['at MobilePay', this.allPayments().map((payment) => JSON.stringify(payment))],
      ['refunds', this.refunds().map((refund) => JSON.stringify(refund))],
      ['points', points],
      ['log', [this.terminal.log]],
    ];
    return sections.map(([title, lines]) => `${title}:\n  ${lines.join('\n  ')}`).join('\n');
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.terminal.kill();
    await this.#till?.close();
    if (this.street.shop === this) this.street.shop = undefined;
    rmSync(this.folder, { recursive: true, force: true });
  }
}

function writeConfig(shop: Shop, options: ShopOptions): void {
  const config = {
    terminal: { id: shop.terminalId, locale: 'da' },
    secretsDir: shop.folder,
    mqtt: { url: shop.street.brokerUrl, prefix: PREFIX },
    mobilepay: {
      baseUrl: shop.street.simulator.url,
      clientId: DEMO_CLIENT_ID,
      merchantVat: DEMO_VAT,
    },
    pos: {
      merchantBrandId: DEMO_BRAND_ID,
      merchantLocationId: DEMO_LOCATION_ID,
      name: 'Kasse 1',
      beaconId: shop.beaconId,
    },
    payment: options.payment ?? {},
    journal: { path: shop.journalPath },
    log: { level: options.logLevel ?? 'info' },
  };
  writeFileSync(join(shop.folder, 'mobilepay-client-secret'), DEMO_CLIENT_SECRET, { mode: 0o600 });
  // JSON is YAML.
  writeFileSync(shop.configPath, JSON.stringify(config));
}

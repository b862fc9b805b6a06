import type { Logger } from 'pino';
import type { DisplayContent, LightPattern } from '../contract/device.ts';
import type { Locale } from '../contract/locale.ts';
import type { Display, Lights, TerminalView } from '../ports.ts';
import { createLatestWriter } from './latest-writer.ts';
import type { Scene, ViewedPayment } from './scenes.ts';
import { isDecided, offScene, sceneOf } from './scenes.ts';
import { ownAddresses, servicePages } from './service-pages.ts';

/** How long a driver may take for its last picture, and then to close. */
const CLOSE_TIMEOUT_MS = 1000;
const PASSED_ORDERS_KEPT = 1000;
const SERVICE_PAGE_MS = 4000;
const SERVICE_MS = 30_000;

export interface Panel {
  /** Shows what this view is. Never throws and never waits; the newest view wins. */
  update(view: TerminalView): void;
  /** Shows address, versions and faults, page by page, for half a minute or until a payment. */
  showService(): void;
  /** Leaves the panel saying that the terminal is off, and closes the drivers. Never rejects. */
  close(): Promise<void>;
}

export interface PanelOptions {
  display: Display;
  lights: Lights;
  locale: Locale;
  logger: Logger;
  /** How long a result stays on the panel after it was known. */
  lingerMs?: number;
  /** Where the terminal is reached, for the service screen. */
  addresses?: () => readonly string[];
  /** Told of everything that is put on the panel. */
  onScene?: ((scene: Scene) => void) | undefined;
}

/** Display and lights, following the terminal. */
export function createPanel(options: PanelOptions): Panel {
  const { display, lights, locale, logger, lingerMs = 6000, addresses = ownAddresses } = options;
  const displayWriter = writerFor<DisplayContent>('display', (content) => display.show(content));
  const lightsWriter = writerFor<LightPattern>('lights', (pattern) => lights.set(pattern));

  let view: TerminalView | undefined;
  let result: ViewedPayment | null = null;
  let knownResult: string | undefined;
  let currentOrder: string | undefined;
  /** Orders that another one has followed: their results are no news to anybody at the counter. */
  const passedOrders = new Set<string>();
  let lingering: NodeJS.Timeout | undefined;
  let closed: Promise<void> | undefined;
  /** The page of the service screen that is on, and what turns it. */
  let service: { page: number; turning: NodeJS.Timeout; ending: NodeJS.Timeout } | undefined;

  function writerFor<T>(device: string, write: (value: T) => Promise<void>) {
    return createLatestWriter<T>({
      write,
      onFailure: (error, retryInMs) =>
        logger.warn({ err: error, device, retryInMs }, 'the panel did not take what it was given'),
      onRecovery: () => logger.info({ device }, 'the panel works again'),
    });
  }

  function show(scene: Scene) {
    // A light is one small write; drawing takes longer.
    lightsWriter.put(scene.lights);
    displayWriter.put(scene.display);
    options.onScene?.(scene);
  }

  function showNow() {
    if (view === undefined) return;
    const scene = sceneOf(view, locale, result);
    const undecided = view.payment !== null && !isDecided(view.payment);
    if (undecided || result !== null) endService();
    if (service === undefined) return show(scene);
    const pages = servicePages(view, locale, addresses());
    const page = pages[service.page % pages.length];
    show(page === undefined ? scene : { display: page, lights: scene.lights });
  }

  function showService() {
    if (closed || view === undefined) return;
    endService();
    const turning = setInterval(() => {
      if (service !== undefined) service.page += 1;
      showNow();
    }, SERVICE_PAGE_MS);
    const ending = setTimeout(() => {
      endService();
      showNow();
    }, SERVICE_MS);
    turning.unref();
    ending.unref();
    service = { page: 0, turning, ending };
    showNow();
  }

  function endService() {
    clearInterval(service?.turning);
    clearTimeout(service?.ending);
    service = undefined;
  }

  function follow(payment: TerminalView['payment']) {
    if (!payment) return;
    if (isDecided(payment) && passedOrders.has(payment.orderId)) return;
    follows(payment.orderId);
    if (!isDecided(payment)) {
      forgetResult();
      return;
    }
    const seen = JSON.stringify([payment.orderId, payment.outcome, payment.reason]);
    if (seen === knownResult) return;
    forgetResult();
    knownResult = seen;
    result = payment;
    lingering = setTimeout(() => {
      forgetResult();
      showNow();
    }, lingerMs);
    lingering.unref();
  }

  function follows(orderId: string) {
    if (currentOrder !== undefined && currentOrder !== orderId) passedOrders.add(currentOrder);
    passedOrders.delete(orderId);
    currentOrder = orderId;
    for (const oldest of passedOrders) {
      if (passedOrders.size <= PASSED_ORDERS_KEPT) break;
      passedOrders.delete(oldest);
    }
  }

  function forgetResult() {
    clearTimeout(lingering);
    result = null;
  }

  async function closeAll() {
    forgetResult();
    endService();
    show(offScene(locale));
    await withinMs(
      CLOSE_TIMEOUT_MS,
      Promise.all([displayWriter.settled(), lightsWriter.settled()]),
    );
    displayWriter.stop();
    lightsWriter.stop();
    const closing = [display, lights].map(async (device) => {
      try {
        await device.close();
      } catch (error) {
        logger.warn({ err: error }, 'a panel driver did not close');
      }
    });
    await withinMs(CLOSE_TIMEOUT_MS, Promise.all(closing));
  }

  return {
    update(next) {
      if (closed) return;
      view = next;
      follow(next.payment);
      showNow();
    },
    showService,
    close() {
      closed ??= closeAll();
      return closed;
    },
  };
}

async function withinMs(ms: number, work: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  await Promise.race([work, limit]);
  clearTimeout(timer);
}

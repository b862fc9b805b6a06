import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { DisplayContent, LightPattern } from '../../src/contract/device.ts';
import { createPanel } from '../../src/panel/panel.ts';
import type { Display, Lights } from '../../src/ports.ts';
import { paymentOf, viewOf } from './view.ts';

const LINGER_MS = 6000;

/** A display whose calls end when the test says so. */
class HeldDisplay implements Display {
  shown: DisplayContent[] = [];
  atOnce = 0;
  mostAtOnce = 0;
  closed = 0;
  /** What the coming calls do; without an entry they succeed at once. */
  script: (() => Promise<void>)[] = [];

  async show(content: DisplayContent) {
    this.shown.push(content);
    this.atOnce += 1;
    this.mostAtOnce = Math.max(this.mostAtOnce, this.atOnce);
    try {
      await this.script.shift()?.();
    } finally {
      this.atOnce -= 1;
    }
  }
  async close() {
    this.closed += 1;
  }
  get scenes() {
    return this.shown.map(({ scene }) => scene);
  }
}

class KeptLights implements Lights {
  pattern: LightPattern | undefined;
  closed = 0;
  async set(pattern: LightPattern) {
    this.pattern = pattern;
  }
  async close() {
    this.closed += 1;
  }
}

function panelOf() {
  const display = new HeldDisplay();
  const lights = new KeptLights();
  const warnings: unknown[] = [];
  const logger = pino(
    { level: 'warn' },
    { write: (line: string) => void warnings.push(JSON.parse(line)) },
  );
  const panel = createPanel({
    display,
    lights,
    locale: 'en',
    logger,
    lingerMs: LINGER_MS,
    addresses: () => ['192.168.1.20'],
  });
  return { panel, display, lights, warnings };
}

const flush = () => vi.advanceTimersByTimeAsync(0);
const waiting = viewOf({ phase: 'paying', payment: paymentOf() });
const approved = viewOf({ payment: paymentOf({ outcome: 'approved' }) });

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe('a result on the panel', () => {
  it('lingers although the terminal is idle, and then goes', async () => {
    const { panel, display, lights } = panelOf();
    panel.update(approved);
    await vi.advanceTimersByTimeAsync(LINGER_MS - 1);
    expect(display.scenes).toEqual(['approved']);
    expect(lights.pattern?.green).toBe('on');
    await vi.advanceTimersByTimeAsync(1);
    expect(display.scenes).toEqual(['approved', 'idle']);
    expect(lights.pattern?.green).toBe('slow-blink');
  });

  it('lingers also when the view no longer names its payment', async () => {
    const { panel, display } = panelOf();
    panel.update(approved);
    await flush();
    panel.update(viewOf());
    await vi.advanceTimersByTimeAsync(LINGER_MS - 1);
    expect(display.scenes).toEqual(['approved']);
    await vi.advanceTimersByTimeAsync(1);
    expect(display.scenes.at(-1)).toBe('idle');
  });

  it('does not start anew with every view that names it', async () => {
    const { panel, display } = panelOf();
    panel.update({ ...approved, phase: 'approved' });
    await vi.advanceTimersByTimeAsync(LINGER_MS - 1);
    panel.update(approved);
    await vi.advanceTimersByTimeAsync(1);
    expect(display.scenes.at(-1)).toBe('idle');
    panel.update({ ...approved, apiReachable: false });
    await flush();
    expect(display.scenes.at(-1)).toBe('idle');
  });

  it('gives way to a new start at once, and does not come back', async () => {
    const { panel, display } = panelOf();
    panel.update(approved);
    await flush();
    const next = paymentOf({ orderId: 'order-2', outcome: 'unknown' });
    panel.update(viewOf({ phase: 'paying', payment: next }));
    await vi.advanceTimersByTimeAsync(LINGER_MS * 2);
    expect(display.scenes).toEqual(['approved', 'unknown']);
  });

  it('is corrected when MobilePay tells another truth', async () => {
    const { panel, display } = panelOf();
    panel.update(viewOf({ payment: paymentOf({ outcome: 'declined', reason: 'by-register' }) }));
    await vi.advanceTimersByTimeAsync(LINGER_MS - 1);
    panel.update(approved);
    await vi.advanceTimersByTimeAsync(LINGER_MS - 1);
    expect(display.scenes).toEqual(['declined', 'approved']);
  });
});

describe('an older order that still waits to be captured', () => {
  const older = viewOf({ phase: 'approved', payment: paymentOf({ outcome: 'approved' }) });
  const refused = paymentOf({
    orderId: 'order-2',
    outcome: 'declined',
    reason: 'customer-refused',
  });

  it('does not say approved again after a newer one was declined', async () => {
    const { panel, display } = panelOf();
    panel.update(older);
    await flush();
    panel.update(viewOf({ phase: 'paying', payment: paymentOf({ orderId: 'order-2' }) }));
    await flush();
    panel.update(viewOf({ phase: 'cancelled', payment: refused }));
    await flush();
    panel.update(older);
    await vi.advanceTimersByTimeAsync(LINGER_MS * 2);
    expect(display.scenes).toEqual(['approved', 'waiting', 'declined', 'idle']);
  });

  it('does not say approved again when the end of the newer one was never seen', async () => {
    const { panel, display } = panelOf();
    panel.update(older);
    await flush();
    panel.update(viewOf({ phase: 'paying', payment: paymentOf({ orderId: 'order-2' }) }));
    await flush();
    panel.update(older);
    await vi.advanceTimersByTimeAsync(LINGER_MS * 2);
    expect(display.scenes).toEqual(['approved', 'waiting', 'idle']);
  });
});

describe('a slow or broken driver', () => {
  it('gets one call at a time, and of several views the last', async () => {
    const { panel, display } = panelOf();
    let finish = () => {};
    display.script.push(
      () =>
        new Promise((resolve) => {
          finish = resolve;
        }),
    );
    panel.update(viewOf());
    panel.update(viewOf({ phase: 'checked-in', checkedIn: true }));
    panel.update(waiting);
    panel.update(approved);
    await flush();
    expect(display.scenes).toEqual(['idle']);
    finish();
    await flush();
    expect(display.scenes).toEqual(['idle', 'approved']);
    expect(display.mostAtOnce).toBe(1);
  });

  it('is not written to again when nothing has changed', async () => {
    const { panel, display } = panelOf();
    panel.update(viewOf());
    await flush();
    panel.update(viewOf({ version: '0.2.0' }));
    await flush();
    expect(display.scenes).toEqual(['idle']);
  });

  it('is tried again until it works, and the failures are logged', async () => {
    const { panel, display, warnings } = panelOf();
    const fail = async () => {
      throw new Error('the cable is out');
    };
    display.script.push(fail, fail, fail);
    panel.update(viewOf());
    await vi.advanceTimersByTimeAsync(1000);
    expect(display.scenes).toHaveLength(2);
    await vi.advanceTimersByTimeAsync(2000 + 4000);
    expect(display.scenes).toHaveLength(4);
    expect(warnings).toHaveLength(3);
    expect(warnings[0]).toMatchObject({ device: 'display', err: { message: 'the cable is out' } });
    await vi.advanceTimersByTimeAsync(120_000);
    expect(display.scenes).toHaveLength(4);
  });

  it('gets a newer view without waiting for the next try', async () => {
    const { panel, display } = panelOf();
    display.script.push(async () => {
      throw new Error('busy');
    });
    panel.update(viewOf());
    await flush();
    panel.update(approved);
    await flush();
    expect(display.scenes).toEqual(['idle', 'approved']);
  });

  it('may throw at once without harm', async () => {
    const { panel, display } = panelOf();
    vi.spyOn(display, 'show').mockImplementationOnce(() => {
      throw new Error('no such port');
    });
    expect(() => panel.update(viewOf())).not.toThrow();
    await vi.advanceTimersByTimeAsync(1000);
    expect(display.scenes).toEqual(['idle']);
  });

  it('does not keep the other one from following', async () => {
    const { panel, display, lights } = panelOf();
    display.script.push(() => new Promise(() => {}));
    panel.update(viewOf());
    panel.update(approved);
    await flush();
    expect(lights.pattern?.green).toBe('on');
  });
});

describe('the service screen', () => {
  const titles = (display: HeldDisplay) => display.shown.map(({ title }) => title);

  it('turns its pages, tells of faults, keeps the lights, and goes after half a minute', async () => {
    const { panel, display, lights } = panelOf();
    panel.update(viewOf({ faults: ['display-unreachable'] }));
    panel.showService();
    await vi.advanceTimersByTimeAsync(29_999);
    expect(titles(display).slice(1, 4)).toEqual(['192.168.1.20', 'Fault 1/1', '192.168.1.20']);
    expect(lights.pattern?.green).toBe('slow-blink');
    expect(display.scenes.at(-1)).toBe('service');
    await vi.advanceTimersByTimeAsync(1);
    expect(display.scenes.at(-1)).toBe('idle');
    expect(vi.getTimerCount()).toBe(0);
  });

  it('stays although the terminal changes, but gives way to a payment at once', async () => {
    const { panel, display } = panelOf();
    panel.update(viewOf());
    panel.showService();
    panel.update(viewOf({ mqttConnected: false }));
    await flush();
    expect(display.scenes.at(-1)).toBe('service');
    panel.update(waiting);
    await flush();
    expect(display.scenes.at(-1)).toBe('waiting');
    panel.showService();
    await flush();
    expect(display.scenes.at(-1)).toBe('waiting');
  });

  it('ends with the panel, and does not come back', async () => {
    const { panel, display } = panelOf();
    panel.update(viewOf());
    panel.showService();
    await panel.close();
    panel.showService();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(display.scenes.at(-1)).toBe('off');
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe('closing the panel', () => {
  it('leaves it saying that the terminal is off, and closes both drivers once', async () => {
    const { panel, display, lights } = panelOf();
    panel.update(approved);
    await Promise.all([panel.close(), panel.close()]);
    expect(display.scenes.at(-1)).toBe('off');
    expect(lights.pattern).toEqual({ green: 'off', yellow: 'off', red: 'off' });
    expect([display.closed, lights.closed]).toEqual([1, 1]);
    panel.update(waiting);
    await vi.advanceTimersByTimeAsync(LINGER_MS);
    expect(display.scenes.at(-1)).toBe('off');
  });

  it('does not wait for a driver that hangs', async () => {
    const { panel, display } = panelOf();
    display.script.push(() => new Promise(() => {}));
    panel.update(viewOf());
    const closing = panel.close();
    await vi.advanceTimersByTimeAsync(2000);
    await closing;
    expect(display.closed).toBe(1);
  });

  it('leaves no timer behind', async () => {
    const { panel, display } = panelOf();
    display.script.push(async () => {
      throw new Error('the cable is out');
    });
    panel.update(approved);
    await flush();
    await panel.close();
    expect(vi.getTimerCount()).toBe(0);
  });
});

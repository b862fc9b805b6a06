import { once } from 'node:events';
import { readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { type Simulator, startSimulator } from '../../src/simulator/simulator.ts';
import { startBroker } from '../../src/world/broker.ts';
import { executablePath, openBrowser, skipWithoutChromium } from '../world/chromium.ts';
import { beaconTerminal } from './beacon-terminal.ts';
import { BEACON_ID, type RunningTerminal, startTerminal } from './running-terminal.ts';

const patience = { timeout: 20_000 };

describe.skipIf(skipWithoutChromium)(`the console's page (needs ${executablePath})`, () => {
  const complaints: string[] = [];
  let broker: Awaited<ReturnType<typeof startBroker>>;
  let mobilePay: Simulator;
  let terminal: RunningTerminal;
  let exited: Promise<unknown[]>;
  let address: string;
  let browser: Browser;
  let page: Page;

  beforeAll(async () => {
    const nobody = { onMessage: () => {}, onClient: () => {} };
    broker = await startBroker({ host: '127.0.0.1', port: 0, ...nobody });
    mobilePay = await startSimulator({ host: '127.0.0.1', port: 0, pollDelayMs: 50 });
    const sections = {
      terminal: { id: 'till-9', locale: 'da' },
      mqtt: { url: broker.url, protocolVersion: 4 },
      // There are no such lights: a fault that lasts.
      panel: {
        lights: { driver: 'led-class', leds: { green: 'no-1', yellow: 'no-2', red: 'no-3' } },
      },
      console: { port: 0 },
    };
    const [started, opened] = await Promise.all([
      startTerminal('till-9', { broker, mobilePay }, sections),
      openBrowser(),
    ]);
    terminal = started;
    exited = once(terminal.child, 'exit');
    browser = opened;
    address = (JSON.parse(terminal.ready) as { console: string }).console;
    page = await openPage();
  });
  afterAll(async () => {
    terminal?.destroy();
    await browser?.close();
    await mobilePay?.close();
    await broker?.close();
  });
  afterEach(() => expect(complaints.splice(0)).toEqual([]));

  async function openPage(): Promise<Page> {
    const context = await browser.newContext({
      viewport: { width: 1280, height: 900 },
      locale: 'en-GB',
    });
    const opened = await context.newPage();
    opened.setDefaultTimeout(20_000);
    // A violated content policy is one of these; a refused act is an answer.
    opened.on('console', (message) => {
      const isFault = message.type() === 'error' && !/40[139]/.test(message.text());
      if (isFault) complaints.push(message.text());
    });
    opened.on('pageerror', (error) => complaints.push(error.message));
    await opened.goto(address);
    return opened;
  }

  const button = (name: string) => page.getByRole('button', { name, exact: true });
  const standing = (name: string) => page.locator(`#standing[data-standing="${name}"]`).waitFor();
  const says = (id: string, text: string) => page.locator(id, { hasText: text }).waitFor();

  it('says at a glance that the terminal is ready, and what connects it', async () => {
    await standing('ready');
    expect(await page.title()).toBe('till-9: Ready');
    expect(await page.locator('#link-register').textContent()).toBe('connected');
    expect(await page.locator('#link-mobilepay').textContent()).toBe('connected');
    await says('#version', 'Kasse 9');
  });

  it('is for reading, until the token of this machine is given', async () => {
    expect(await button('Restart').isVisible()).toBe(false);
    const unlock = async (token: string) => {
      await page.getByLabel('Token').fill(token);
      await page.keyboard.press('Enter');
    };
    await unlock('0'.repeat(32));
    await says('#act-note', 'That is not this terminal’s token.');
    const tokenFile = join(dirname(terminal.journal), 'console-token');
    expect(statSync(tokenFile).mode & 0o777).toBe(0o600);
    await unlock(readFileSync(tokenFile, 'utf8'));
    await page.getByLabel('Token').waitFor({ state: 'hidden' });
    await button('Which one is it?').click();
    await page.locator('#display[data-scene="identify"]').waitFor();
    await button('Log more').click();
    await button('Log as usual').waitFor();
    await button('Log as usual').click();
    await button('Log more').waitFor();
  });

  it('follows a sale: what the display shows, and then the payment in the list', async () => {
    const paid = beaconTerminal(['pay', '12.50', '--order', 'A1', '--config', terminal.config]);
    await standing('paying');
    await page.locator('#display[data-scene="waiting"]').waitFor();
    expect(await page.locator('#display-title').textContent()).toBe('Åbn MobilePay');
    expect(await page.locator('#display-amount').textContent()).toBe('12,50\u00a0kr.');
    const drawn = "document.querySelector('#display-qr').naturalWidth > 0";
    await expect.poll(() => page.evaluate<boolean>(drawn), patience).toBe(true);
    mobilePay.phone.checkIn(BEACON_ID);
    await vi.waitFor(() => mobilePay.phone.accept(BEACON_ID), patience);
    await page.locator('#display[data-scene="approved"]').waitFor();
    expect(await page.locator('[data-lamp="green"]').getAttribute('data-rhythm')).toBe('on');
    expect((await paid).code).toBe(0);
    const row = page.locator('#payment-rows tr').first();
    await expect.poll(() => row.textContent(), patience).toMatch(/Paid[\s\S]*A1[\s\S]*12\.50.kr/);
  });

  it('names a fault with its remedy, in the language that is chosen', async () => {
    const fault = page.locator('#fault-list [data-code="gpio-missing"]');
    await fault.waitFor();
    expect(await fault.textContent()).toContain('Set panel.lights.chip');
    await button('Suomi').click();
    expect(await page.locator('html').getAttribute('lang')).toBe('fi');
    await says('#fault-list', 'Aseta panel.lights.chip');
    await button('English').click();
  });

  it('has a name for every control, and cuts nothing off from 360 to 1440 px', async () => {
    const tree = await page.locator('body').ariaSnapshot();
    expect(tree).not.toMatch(/- (button|textbox)(?! ")/);
    expect(tree).toContain('heading "Last payments"');
    for (const width of [360, 390, 768, 1024, 1440]) {
      await page.setViewportSize({ width, height: 800 });
      const excess = await page.evaluate<number>(
        'document.documentElement.scrollWidth - innerWidth',
      );
      expect([width, excess]).toEqual([width, 0]);
    }
  });

  it('has the terminal restarted, and says that it does not answer', async () => {
    await button('Restart').click();
    expect(await exited).toEqual([0, null]);
    await page.locator('#lost').waitFor();
    // The browser says in its own words that there is nobody.
    expect(complaints.splice(0).join()).not.toMatch(/policy/i);
  });
});

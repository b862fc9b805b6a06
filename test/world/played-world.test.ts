import { connectAsync } from 'mqtt';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { executablePath, openBrowser, skipWithoutChromium } from './chromium.ts';
import type { RunningWorld } from './running-world.ts';
import { startWorld } from './running-world.ts';

describe.skipIf(skipWithoutChromium)(`in a browser (needs ${executablePath})`, () => {
  let world: RunningWorld;
  let browser: Browser;
  let page: Page;
  let complaints: string[];

  beforeAll(async () => {
    [world, browser] = await Promise.all([startWorld(), openBrowser()]);
  });
  afterAll(async () => {
    await browser?.close();
    await world?.stop();
  });
  beforeEach(async () => {
    complaints = [];
    page = await newPage({});
  });
  afterEach(async () => {
    await page.context().close();
    expect(complaints).toEqual([]);
  });

  async function newPage(options: Parameters<Browser['newContext']>[0]): Promise<Page> {
    const context = await browser.newContext({
      viewport: { width: 1440, height: 900 },
      locale: 'en-GB',
      ...options,
    });
    const opened = await context.newPage();
    opened.setDefaultTimeout(20_000);
    // A violated content policy is one of these.
    opened.on('console', (message) => {
      // A refused action is an answer, not a fault of the page.
      const isFault = message.type() === 'error' && !message.text().includes('409');
      if (isFault) complaints.push(message.text());
    });
    opened.on('pageerror', (error) => complaints.push(error.message));
    await opened.goto(world.ready.console);
    await opened.locator('#register-link[data-link="ready"]').waitFor();
    return opened;
  }

  const outcome = (text: string) => page.locator('#outcome-title', { hasText: text }).waitFor();
  const button = (name: string) => page.getByRole('button', { name, exact: true });
  const trouble = (name: string) => page.getByRole('switch', { name });
  const scene = (name: string) => page.locator(`#display[data-scene="${name}"]`).waitFor();

  async function ask(amount: string): Promise<void> {
    await page.getByLabel('Amount').fill(amount);
    await button('Ask').click();
    await outcome('Waiting for the customer');
  }

  /** What MobilePay holds of this amount. */
  async function heldOf(minorUnits: number): Promise<string[]> {
    const answer = await fetch(`${world.ready.api}/simulator/state`);
    const { payments } = (await answer.json()) as {
      payments: { status: string; terms: { amountMinorUnits: number } | null }[];
    };
    return payments
      .filter(({ terms }) => terms?.amountMinorUnits === minorUnits)
      .map(({ status }) => status);
  }

  test('a sale: asked for, checked in, approved, paid', async () => {
    await ask('12.50');
    await scene('waiting');
    await button('Check in').click();
    await button('Approve 12.50 kr').click();
    await outcome('Paid 12.50 kr');
    await scene('approved');
    expect(await page.locator('[data-lamp="green"]').getAttribute('data-rhythm')).toBe('on');
    await page.locator('#phone-text', { hasText: 'You have paid' }).waitFor();
    await expect.poll(() => heldOf(1250)).toEqual(['Captured']);
    for (const line of [
      'Take 12.50 kr from the customer',
      'Start a payment',
      'The customer approves',
      'Paid 12.50 kr: hand over the goods',
      '12.50 kr has been taken',
    ]) {
      await page.locator('#entries .meaning', { hasText: line }).first().waitFor();
    }
    await button('Done').click();
    await button('Check in').waitFor();
  });

  test('a customer who is invited by the green button, welcomed before the sale, and pays', async () => {
    await button('Green button on the terminal (hold for a long press)').click();
    await scene('inviting');
    await button('Check in').click();
    await scene('welcome');
    await page.locator('#entries .meaning', { hasText: 'A customer has checked in' }).waitFor();
    await page.getByRole('textbox', { name: 'Amount' }).fill('8.00');
    await button('Ask').click();
    await button('Approve 8.00 kr').click();
    await outcome('Paid 8.00 kr');
    await button('Done').click();
    await expect.poll(() => heldOf(800)).toEqual(['Captured']);
  });

  test('what a register wants shown stands on the display, whole, until its time is over', async () => {
    const client = await connectAsync(world.ready.mqtt, { protocolVersion: 4 });
    const lines = ['Velkommen, Anna', 'Du har 120 point', '3 kopper til den næste', 'x'.repeat(40)];
    const payload = JSON.stringify({ id: 'show-1', lines, seconds: 2 });
    await scene('idle');
    await client.publishAsync('beacon/1/till-1/command/display/show', payload, { qos: 1 });
    await scene('message');
    const display = page.locator('#display');
    expect(await display.getAttribute('aria-label')).toBe(
      `The display shows: ${lines.join(', ')}.`,
    );
    const cut =
      'document.getElementById("display").scrollWidth > document.getElementById("display").clientWidth';
    expect(await page.evaluate<boolean>(cut)).toBe(false);
    await scene('idle');
    await client.endAsync();
  });

  test('a phone that checks in over the beacon is welcomed by a terminal that expects nobody', async () => {
    const said = page.locator('#entries .meaning', { hasText: 'A phone says that it has checked' });
    await scene('idle');
    const before = await said.count();
    await button('Check in').click();
    await scene('welcome');
    await expect.poll(() => said.count()).toBe(before + 1);
    await page.getByRole('textbox', { name: 'Amount' }).fill('6.00');
    await button('Ask').click();
    await button('Approve 6.00 kr').click();
    await outcome('Paid 6.00 kr');
    await button('Done').click();
  });

  test('a refusal, by keyboard alone', async () => {
    const focused = () => page.evaluate<string>('document.activeElement.id');
    const tabTo = async (id: string) => {
      const passed: string[] = [];
      while ((await focused()) !== id) {
        await page.keyboard.press('Tab');
        passed.push(await focused());
        if (passed.length > 20) throw new Error(`Tab never came to ${id}: ${passed.join(' ')}`);
      }
    };
    await tabTo('amount');
    await page.keyboard.press('Control+A');
    await page.keyboard.type('7,25');
    await page.keyboard.press('Enter');
    await outcome('Waiting for the customer');
    await tabTo('phone-check-in');
    await page.keyboard.press('Enter');
    await button('Refuse').waitFor();
    // The focus stays on the phone while its buttons come and go.
    expect(await focused()).toBe('phone-accept');
    await page.keyboard.press('Tab');
    expect(await focused()).toBe('phone-refuse');
    await page.keyboard.press('Space');
    await outcome('Not paid');
    await page.locator('#outcome-detail', { hasText: 'The customer said no' }).waitFor();
    await scene('declined');
    await button('Done').waitFor();
    expect(await focused()).toBe('phone-put-away');
    await page.keyboard.press('Enter');
    await expect.poll(() => heldOf(725)).toEqual(['CancelledByUser']);
  });

  test('the plug pulled in the middle of a sale: dark, not known, and paid once in the end', async () => {
    await ask('31.00');
    await button('Check in').click();
    await button('Approve 31.00 kr').waitFor();
    await trouble('Pull the plug').click();
    await outcome('Not known yet – wait');
    await page.locator('#terminal[data-power="off"]').waitFor();
    expect(await page.locator('#display').getAttribute('aria-label')).toBe('The display is dark.');
    await button('Approve 31.00 kr').click();
    await page.locator('#phone-text', { hasText: 'You have paid' }).waitFor();
    await outcome('Not known yet – wait');
    await trouble('Pull the plug').click();
    await outcome('Paid 31.00 kr');
    await scene('approved');
    await expect.poll(() => heldOf(3100)).toEqual(['Captured']);
    await button('Done').click();
  });

  test('a sale that the cashier cancels', async () => {
    await ask('2.00');
    await button('Cancel').click();
    await outcome('Not paid');
    await page.locator('#outcome-detail', { hasText: 'Cancelled here' }).waitFor();
    await expect.poll(() => heldOf(200)).toEqual(['CancelledByClient']);
  });

  test('the broker gone in the middle of a sale: not known, and paid when it is back', async () => {
    await ask('4.00');
    await button('Check in').click();
    await trouble('Take the broker away').click();
    await outcome('Not known yet – wait');
    await button('Approve 4.00 kr').click();
    await scene('approved');
    await trouble('Take the broker away').click();
    await outcome('Paid 4.00 kr');
    await button('Done').click();
  });

  test('an amount that is none is told at the field, and nothing is asked', async () => {
    await page.getByLabel('Amount').fill('1.250');
    await button('Ask').click();
    await page.getByRole('alert').filter({ hasText: 'Write an amount like 12.50' }).waitFor();
    expect(await page.getByLabel('Amount').getAttribute('aria-invalid')).toBe('true');
    expect(await heldOf(125_000)).toEqual([]);
    await page.getByLabel('Amount').fill('1.25');
    expect(await page.getByLabel('Amount').getAttribute('aria-invalid')).toBe('false');
  });

  test('lanes of the timeline can be hidden', async () => {
    const calls = page.locator('#entries [data-lane="http"]').first();
    await calls.waitFor();
    await button('Terminal and MobilePay').click();
    expect(await calls.isVisible()).toBe(false);
    expect(await page.locator('#entries [data-lane="mqtt"]').first().isVisible()).toBe(true);
  });

  test('the page and the display speak the language that is chosen', async () => {
    await button('Dansk').click();
    await page.getByRole('button', { name: 'Bed om' }).waitFor();
    expect(await page.locator('html').getAttribute('lang')).toBe('da');
    expect(await page.getByLabel('Beløb').inputValue()).toBe('12,50');
    await page.locator('#display-title', { hasText: 'Betal med MobilePay' }).waitFor();
    await button('English').click();
    await page.locator('#display-title', { hasText: 'Pay with MobilePay' }).waitFor();
  });

  test('every control has a name, and every name a meaning', async () => {
    const tree = await page.locator('body').ariaSnapshot();
    expect(tree).not.toMatch(/- (button|switch|textbox)(?! ")/);
    expect(tree).toContain('textbox "Amount"');
    expect(tree).toContain('switch "Pull the plug The terminal dies on the spot."');
  });

  test('from 360 to 1440 px nothing is cut off', async () => {
    for (const width of [360, 390, 768, 1024, 1280, 1440]) {
      await page.setViewportSize({ width, height: 800 });
      const cut = await page.evaluate<string[]>(`
        [...document.querySelectorAll('h1, h2, p, button, input, li, img')]
          .filter((element) => element.getBoundingClientRect().right > innerWidth + 1)
          .map((element) => element.outerHTML)
      `);
      const excess = await page.evaluate<number>(
        'document.documentElement.scrollWidth - innerWidth',
      );
      expect([width, excess, cut]).toEqual([width, 0, []]);
    }
  });

  test('nothing moves for those who asked for that', async () => {
    const still = await newPage({ reducedMotion: 'reduce' });
    await still.locator('#terminal[data-advertising="true"]').waitFor();
    const moving = "document.getAnimations().filter((one) => one.playState === 'running').length";
    expect(await page.evaluate<number>(moving)).toBeGreaterThan(0);
    expect(await still.evaluate<number>(moving)).toBe(0);
    await still.context().close();
  });
});

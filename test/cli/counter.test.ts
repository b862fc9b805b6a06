import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type Simulator, startSimulator } from '../../src/simulator/simulator.ts';
import { startBroker } from '../../src/world/broker.ts';
import { EpsonDisplay } from '../panel/epson-display.ts';
import { createPtyPair, type PtyPair, skipWithoutSocat } from '../serial/pty-pair.ts';
import { beaconTerminal } from './beacon-terminal.ts';
import { BEACON_ID, type RunningTerminal, startTerminal } from './running-terminal.ts';

const patience = { timeout: 30_000 };

describe.skipIf(skipWithoutSocat)('what stands on the counter (needs socat)', () => {
  let broker: Awaited<ReturnType<typeof startBroker>>;
  let mobilePay: Simulator;
  let displayCable: PtyPair;
  let registerCable: PtyPair;
  let terminal: RunningTerminal;

  const shown = () =>
    new EpsonDisplay().feed(displayCable.received()).lines.map((line) => line.trim());
  const shows = (...lines: string[]) => vi.waitFor(() => expect(shown()).toEqual(lines), patience);

  beforeAll(async () => {
    broker = await startBroker({
      host: '127.0.0.1',
      port: 0,
      onMessage: () => {},
      onClient: () => {},
    });
    mobilePay = await startSimulator({ host: '127.0.0.1', port: 0, pollDelayMs: 50 });
    displayCable = await createPtyPair();
    registerCable = await createPtyPair();
    const sections = {
      mqtt: { url: broker.url, protocolVersion: 4 },
      panel: {
        display: { driver: 'escpos', port: displayCable.port },
        lights: { driver: 'led-class', leds: { green: 'no-1', yellow: 'no-2', red: 'no-3' } },
      },
      whiteBox: { port: registerCable.port },
    };
    terminal = await startTerminal('till-8', { broker, mobilePay }, sections);
  });
  afterAll(async () => {
    terminal.destroy();
    await mobilePay.close();
    await broker.close();
    await displayCable.dispose();
    await registerCable.dispose();
  });

  it('a sale is told on the customer display, although the lights are missing', async () => {
    await shows('Betal med MobilePay', 'Scan koden');
    const paid = beaconTerminal(['pay', '12.50', '--order', 'C1', '--config', terminal.config]);
    await shows('Åbn MobilePay', '12,50 kr.');
    mobilePay.phone.checkIn(BEACON_ID);
    await shows('Bekræft betalingen', '12,50 kr.');
    mobilePay.phone.accept(BEACON_ID);
    await shows('Godkendt', '12,50 kr.');
    expect((await paid).code).toBe(0);
    await shows('Betal med MobilePay', 'Scan koden');
  });

  it('a register that asks the white box is told the id', async () => {
    registerCable.send(Buffer.from('AT+BEACONID=?\r'));
    await vi.waitFor(
      () => expect(registerCable.received().toString()).toBe(`${BEACON_ID}\r\n`),
      patience,
    );
  });

  it('a display that is pulled out and plugged in again shows what it should', async () => {
    await displayCable.unplug();
    await displayCable.plug();
    await shows('Betal med MobilePay', 'Scan koden');
  });

  it('at a clean stop the display says so', async () => {
    terminal.child.kill('SIGTERM');
    expect(await once(terminal.child, 'exit')).toEqual([0, null]);
    await shows('Terminal slukket', '');
    expect(await terminal.log).toContain('"fault":"gpio-missing"');
  });
});

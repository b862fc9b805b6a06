import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { Mosquitto } from '../mqtt/mosquitto.ts';
import { mosquittoAvailable, startMosquitto } from '../mqtt/mosquitto.ts';
import { linkUnderTest } from './link-harness.ts';

const openssl = process.env['OPENSSL'] ?? 'openssl';
const opensslAvailable = spawnSync(openssl, ['version']).status === 0;
const skip = !(mosquittoAvailable && opensslAvailable) && !process.env['CI'];

describe('the link over TLS (needs mosquitto and openssl)', () => {
  const folder = mkdtempSync(join(tmpdir(), 'beacon-tls-'));
  const cert = join(folder, 'broker.pem');
  let broker: Mosquitto | undefined;

  beforeAll(async () => {
    if (skip) return;
    const made = spawnSync(openssl, [
      ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'],
      ...['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost', '-days', '2'],
      ...['-keyout', join(folder, 'broker.key'), '-out', cert],
    ]);
    expect(made.status, String(made.stderr)).toBe(0);
    // The listener of startMosquitto comes first, so these lines make it a TLS one.
    broker = await startMosquitto(
      `allow_anonymous true\ncertfile ${cert}\nkeyfile ${join(folder, 'broker.key')}`,
    );
  });
  afterAll(async () => {
    await broker?.destroy();
    rmSync(folder, { recursive: true, force: true });
  });

  test.skipIf(skip)('it trusts the authority of the config, and its certificate only', async () => {
    const url = `mqtts://localhost:${broker?.port}`;
    const trusting = linkUnderTest({ url, protocolVersion: 5, terminalId: 'till-1', ca: cert });
    trusting.start();
    await vi.waitFor(() => expect(trusting.counts.connected).toBe(1), 5000);
    await trusting.stop();

    const stranger = linkUnderTest({ url, protocolVersion: 5, terminalId: 'till-2' });
    stranger.start();
    await vi.waitFor(() => expect(stranger.logLines.join('')).toMatch(/self.signed/), 5000);
    expect(stranger.counts.connected).toBe(0);
    await stranger.stop();
  });

  test('a certificate file that is not there is a config error naming the key', () => {
    expect(() =>
      linkUnderTest({ url: 'mqtts://localhost', protocolVersion: 5, ca: '/no/such/ca.pem' }),
    ).toThrow(/mqtt\.ca: \/no\/such\/ca\.pem/);
  });
});

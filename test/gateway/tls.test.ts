import { randomUUID } from 'node:crypto';
import { chmodSync, copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { keepCertificate } from '../../src/gateway/certificate.ts';
import { type GatewayUnderTest, gatewayUnderTest, notificationOf } from './harness.ts';
import { makeSelfSigned, opensslAvailable } from './self-signed.ts';

const NO_BROKER = 'mqtt://127.0.0.1:1';

describe.skipIf(!opensslAvailable && !process.env['CI'])('HTTPS (needs openssl)', () => {
  let folder: string;
  let files: { cert: string; key: string };
  let ca: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'beacon-gateway-tls-'));
    files = { cert: join(folder, 'gateway.pem'), key: join(folder, 'gateway.key') };
    ca = makeSelfSigned(files);
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const start = () => gatewayUnderTest(NO_BROKER, { certificate: files });
  /** 503: it came through TLS to a gateway without a broker. */
  const statusBy = async (gateway: GatewayUnderTest, trusted: string) =>
    (await gateway.post(notificationOf(randomUUID()), { ca: trusted })).status;

  test('it speaks HTTPS with the certificate of the config', async () => {
    const gateway = await start();
    expect(gateway.url).toMatch(/^https:\/\/127\.0\.0\.1:\d+\/mobilepay\/pos-v10\/notification$/);
    expect(await statusBy(gateway, ca)).toBe(503);
    const name = 'beacon_gateway_certificate_expiry_timestamp_seconds';
    const daysLeft = ((await gateway.metric(name)) - Date.now() / 1000) / 86_400;
    expect(daysLeft).toBeGreaterThan(89);
    expect(daysLeft).toBeLessThan(91);
  });

  test.each([
    ['TLSv1.1', false],
    ['TLSv1.2', true],
    ['TLSv1.3', true],
  ] as const)('with %s: %s', async (version, spoken) => {
    const gateway = await start();
    const port = Number(new URL(gateway.url).port);
    const socket = connect({
      ...{ port, host: '127.0.0.1', ca, minVersion: version, maxVersion: version },
      // OpenSSL's own floor is higher by now: lowered, so that it is the gateway that refuses.
      ciphers: 'DEFAULT@SECLEVEL=0',
    });
    onTestFinished(() => void socket.destroy());
    const ended = await new Promise<string>((resolve) => {
      socket.once('secureConnect', () => resolve('connected'));
      socket.once('error', (error) => resolve(`${(error as { code?: string }).code}`));
    });
    if (spoken) expect([ended, socket.getProtocol()]).toEqual(['connected', version]);
    else expect(ended).toMatch(/ALERT_PROTOCOL_VERSION/);
  });

  test('a renewed certificate is served from then on, to open connections the old one', async () => {
    const gateway = await start();
    const agent = new Agent({ keepAlive: true, maxSockets: 1, ca });
    onTestFinished(() => agent.destroy());
    const onKeptConnection = () =>
      new Promise<number | undefined>((resolve, reject) => {
        request(`${new URL(gateway.url).origin}/healthz`, { agent }, (response) => {
          response.resume().on('end', () => resolve(response.statusCode));
        })
          .on('error', reject)
          .end();
      });
    expect(await onKeptConnection()).toBe(503);
    const renewed = makeSelfSigned(files);
    gateway.reloadCertificate();
    expect(await statusBy(gateway, renewed)).toBe(503);
    await expect(statusBy(gateway, ca)).rejects.toThrow(/self.signed/);
    expect(await onKeptConnection()).toBe(503);
  });

  test('half a renewal changes nothing until the other half is there', async () => {
    const gateway = await start();
    const next = { cert: join(folder, 'next.pem'), key: join(folder, 'next.key') };
    const renewed = makeSelfSigned(next);
    copyFileSync(next.cert, files.cert);
    gateway.reloadCertificate();
    gateway.reloadCertificate();
    expect(await statusBy(gateway, ca)).toBe(503);
    const complaints = gateway.logLines.filter((line) => line.includes('the old one stays'));
    expect(complaints).toHaveLength(1);
    expect(complaints[0]).toContain('is not the key of the first certificate');
    copyFileSync(next.key, files.key);
    gateway.reloadCertificate();
    expect(await statusBy(gateway, renewed)).toBe(503);
  });

  test('files that change are noticed without a word', async () => {
    const kept = keepCertificate(files, pino({ level: 'silent' }), 5);
    onTestFinished(() => kept.close());
    const handedOver: string[] = [];
    kept.watch(({ cert }) => handedOver.push(cert));
    const renewed = makeSelfSigned(files);
    await expect.poll(() => handedOver).toEqual([renewed]);
    expect(kept.current.cert).toBe(renewed);
  });

  test('one that expires soon is warned of', () => {
    const lines: string[] = [];
    const logger = pino({}, { write: (line: string) => lines.push(line) });
    keepCertificate(files, logger);
    expect(lines).toEqual([]);
    makeSelfSigned(files, 13);
    keepCertificate(files, logger);
    expect(lines.join('')).toContain('expires soon');
  });

  describe('is refused, naming the key,', () => {
    const why = async () => {
      const error = await start().then(
        () => undefined,
        (thrown: unknown) => thrown,
      );
      return error as { code: string; message: string };
    };
    test('when a file is not there', async () => {
      rmSync(files.cert);
      expect(await why()).toMatchObject({
        code: 'config-invalid',
        message: `gateway.cert: ${files.cert} cannot be read (ENOENT)`,
      });
    });
    test('when the certificate is none', async () => {
      writeFileSync(files.cert, 'nonsense');
      expect((await why()).message).toMatch(/^gateway\.cert: .* holds no PEM certificate$/);
    });
    test('when the chain behind the certificate is broken', async () => {
      writeFileSync(
        files.cert,
        `${ca}-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n`,
      );
      expect(await why()).toMatchObject({
        code: 'config-invalid',
        message: expect.stringMatching(/^gateway\.cert: .* cannot be used: /),
      });
    });
    test('when the key is none', async () => {
      writeFileSync(files.key, 'nonsense');
      expect((await why()).message).toMatch(/^gateway\.key: .* holds no PEM key/);
    });
    test('when the key belongs to another certificate', async () => {
      makeSelfSigned({ cert: join(folder, 'other.pem'), key: files.key });
      expect((await why()).message).toMatch(/^gateway\.key: .* is not the key of /);
    });
    test.skipIf(process.geteuid?.() === 0)('when it may not be read (not as root)', async () => {
      chmodSync(files.key, 0o000);
      expect(await why()).toMatchObject({ code: 'not-permitted' });
    });
  });
});

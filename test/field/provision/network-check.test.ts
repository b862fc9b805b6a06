import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer as createHttp } from 'node:http';
import { type AddressInfo, createServer as createTcp, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer as createTls } from 'node:tls';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { checkApi, checkBrokers } from '../../../src/field/provision/network-check.ts';
import { freePort } from '../../mqtt/mosquitto.ts';
import { makeAuthority, opensslAvailable } from '../doctor/certificates.ts';

const folder = mkdtempSync(join(tmpdir(), 'beacon-network-'));
afterAll(() => rmSync(folder, { recursive: true }));
let server: Server | undefined;
afterEach(() => void server?.close());

async function listen(next: Server): Promise<number> {
  server = next.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

describe('the clock', () => {
  async function skewed(date: string | undefined) {
    const http = createHttp((_request, response) => {
      response.sendDate = false;
      if (date !== undefined) response.setHeader('date', date);
      response.writeHead(401).end();
    });
    const port = await listen(http);
    const now = () => Date.parse('2026-03-01T12:00:00Z');
    return await checkApi(`http://127.0.0.1:${port}`, now);
  }

  it.each([
    ['agrees', 'Sun, 01 Mar 2026 12:00:00 GMT', 0],
    ['is half a minute ahead', 'Sun, 01 Mar 2026 11:59:30 GMT', 30_000],
    ['cannot be compared', undefined, 0],
  ])('that %s is right enough', async (_what, date, skewMs) => {
    expect(await skewed(date)).toEqual({ skewMs });
  });

  it.each([
    ['ahead of', 'Sun, 01 Mar 2026 11:58:00 GMT'],
    ['behind', 'Sun, 01 Mar 2026 12:02:00 GMT'],
  ])('that is two minutes %s MobilePay is wrong', async (where, date) => {
    expect(await skewed(date)).toMatchObject({
      what: `The clock is wrong: this machine is 120 s ${where} MobilePay.`,
      remedy: expect.stringContaining('timedatectl set-ntp true'),
    });
  });
});

describe('the brokers', () => {
  it('are fine when one of them answers, and the others are named', async () => {
    const port = await listen(createTcp());
    const dead = await freePort();
    const urls = [`mqtt://127.0.0.1:${dead}`, `mqtt://127.0.0.1:${port}`];
    expect(await checkBrokers(urls, undefined)).toMatchObject({
      reached: [`127.0.0.1:${port}`],
      missed: [{ what: `the broker at 127.0.0.1:${dead} refuses the connection.` }],
    });
  });

  it.skipIf(!opensslAvailable && !process.env['CI'])(
    'whose certificate is out of date may mean that the clock is wrong (needs openssl)',
    async () => {
      const authority = makeAuthority(join(folder, 'ca'));
      const past = authority.issue('broker', { from: -30, to: -1, san: 'IP:127.0.0.1' });
      const ca = readFileSync(authority.cert, 'utf8');
      const port = await listen(
        createTls({ key: readFileSync(past.key), cert: readFileSync(past.cert) }),
      );
      const url = `mqtts://127.0.0.1:${port}`;
      expect(await checkBrokers([url], ca)).toMatchObject({
        what: expect.stringMatching(/clock is wrong, or the certificate .*CERT_HAS_EXPIRED/),
        remedy: expect.stringContaining('timedatectl'),
      });
    },
  );
});

import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import type { PosV10Options } from '../../src/mobilepay/pos-v10.ts';
import { CREATE, clientAndServer, expectKind, PAYMENT_ID } from './harness.ts';
import { answer, startScriptedServer } from './scripted-server.ts';

const executable = 'openssl';

function hasOpenssl(): boolean {
  try {
    execFileSync(executable, ['version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
const openssl = hasOpenssl();

let folder: string;
/** For 127.0.0.1, signed by itself. */
let good: { key: string; cert: string };
let otherName: { key: string; cert: string };

function selfSigned(name: string, subjectAltName: string) {
  const keyPath = join(folder, `${name}.key`);
  const certPath = join(folder, `${name}.crt`);
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  execFileSync(
    executable,
    ['req', '-x509', ...curve, '-keyout', keyPath, '-out', certPath, '-days', '2'].concat([
      '-subj',
      `/CN=${name}`,
      '-addext',
      `subjectAltName=${subjectAltName}`,
    ]),
    { stdio: 'ignore' },
  );
  return { key: readFileSync(keyPath, 'utf8'), cert: readFileSync(certPath, 'utf8') };
}

beforeAll(() => {
  if (!openssl) return;
  folder = mkdtempSync(join(tmpdir(), 'mobilepay-tls-'));
  good = selfSigned('good', 'IP:127.0.0.1');
  otherName = selfSigned('other-name', 'DNS:elsewhere.example');
});
afterAll(() => {
  if (openssl) rmSync(folder, { recursive: true });
});

/** The token comes over plain HTTP, so that each test is about the create alone. */
async function clientOfSecureServer(
  tls: Parameters<typeof startScriptedServer>[0],
  options: Partial<PosV10Options> = {},
) {
  const secure = await startScriptedServer(tls);
  onTestFinished(() => secure.close());
  const { client } = await clientAndServer({ baseUrl: secure.url, ...options });
  return { secure, client };
}

describe.skipIf(!openssl && !process.env['CI'])('TLS (certificates made by openssl)', () => {
  test('works with a certificate of a trusted authority, and connections are kept', async () => {
    const { secure, client } = await clientOfSecureServer(good, { ca: good.cert });
    secure.script(answer(200, { paymentId: PAYMENT_ID }), answer(200));
    expectKind(await client.createPayment(CREATE), 'ok');
    expectKind(await client.cancelPayment(PAYMENT_ID), 'ok');
    expect(secure.connections()).toBe(1);
  });

  test('leaves a call in doubt when the connection breaks after the handshake', async () => {
    const { secure, client } = await clientOfSecureServer(good, { ca: good.cert });
    secure.script((response) => void response.destroy());
    expectKind(await client.getPayment(PAYMENT_ID), 'unanswered');
    expect(secure.connections()).toBe(1);
    expect(secure.seen).toHaveLength(1);
  });

  test('refuses a self-signed certificate before a byte of the request left', async () => {
    const { secure, client } = await clientOfSecureServer(good);
    const result = expectKind(await client.createPayment(CREATE), 'unsent');
    expect(result.detail).toMatch(/SELF_SIGNED/);
    expect(secure.seen).toHaveLength(0);
  });

  test('refuses it even when the environment asks for carelessness', async () => {
    process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0';
    try {
      const { secure, client } = await clientOfSecureServer(good);
      expectKind(await client.createPayment(CREATE), 'unsent');
      expect(secure.seen).toHaveLength(0);
    } finally {
      delete process.env['NODE_TLS_REJECT_UNAUTHORIZED'];
    }
  });

  test('refuses a certificate for another name', async () => {
    const { secure, client } = await clientOfSecureServer(otherName, { ca: otherName.cert });
    const result = expectKind(await client.createPayment(CREATE), 'unsent');
    expect(result.detail).toMatch(/ALTNAME/);
    expect(secure.seen).toHaveLength(0);
  });

  test('refuses TLS 1.1', async () => {
    const old = { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'ALL@SECLEVEL=0' } as const;
    const { secure, client } = await clientOfSecureServer({ ...good, ...old }, { ca: good.cert });
    expectKind(await client.createPayment(CREATE), 'unsent');
    expect(secure.seen).toHaveLength(0);
  });

  test('works with TLS 1.2', async () => {
    const { secure, client } = await clientOfSecureServer(
      { ...good, maxVersion: 'TLSv1.2' },
      { ca: good.cert },
    );
    secure.script(answer(200, { paymentId: PAYMENT_ID }));
    expectKind(await client.createPayment(CREATE), 'ok');
  });

  test('asks once more before the first byte when the handshake took its time', async () => {
    const secure = await startScriptedServer(good);
    onTestFinished(() => secure.close());
    const allowed = { now: true };
    // Holds the handshake back until the caller has changed its mind.
    const slow = net.createServer((socket) => {
      allowed.now = false;
      const upstream = net.connect(secure.port, '127.0.0.1');
      socket.pipe(upstream).pipe(socket);
      for (const end of [socket, upstream]) end.on('error', () => undefined);
    });
    await new Promise<void>((resolve) => slow.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void slow.close());
    const { port } = slow.address() as AddressInfo;
    const { client, server } = await clientAndServer({
      baseUrl: `https://127.0.0.1:${port}`,
      ca: good.cert,
    });
    expectKind(await client.authorize(), 'ok');
    secure.script(answer(200, { paymentId: PAYMENT_ID }));
    expectKind(await client.createPayment(CREATE, { mayStillSend: () => allowed.now }), 'unsent');
    // The connection was made, and yet nothing was asked over it.
    expect(allowed.now).toBe(false);
    expect(secure.seen).toHaveLength(0);
    expect(server.tokenCalls).toHaveLength(1);
  });

  test('a handshake that hangs is unsent', async () => {
    const mute = net.createServer((socket) => void socket.on('error', () => undefined));
    await new Promise<void>((resolve) => mute.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void mute.close());
    const { port } = mute.address() as AddressInfo;
    const { client } = await clientAndServer({ baseUrl: `https://127.0.0.1:${port}` });
    const result = expectKind(await client.getPayment(PAYMENT_ID), 'unsent');
    expect(result.detail).toMatch(/no connection within 500 ms/);
  });
});

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { checkConfig, loadGatewayConfig } from '../../src/config/load.ts';
import { complaints, type Data, leastConfig, withValue } from './config-file.ts';

const folder = mkdtempSync(join(tmpdir(), 'beacon-gateway-config-'));
afterAll(() => rmSync(folder, { recursive: true }));
const file = join(folder, 'config.yaml');

const files = { cert: '/etc/ssl/gateway.pem', key: '/etc/ssl/gateway.key' };
const least = (): Data => ({ mqtt: { url: 'mqtts://broker.example' }, gateway: files });

function read<T>(reader: (name: string, env: NodeJS.ProcessEnv) => T, content: Data, env = {}) {
  writeFileSync(file, stringify(content));
  return reader(file, env);
}
const load = (content: Data, env = {}) => read(loadGatewayConfig, content, env);
const why = (content: Data, env = {}) => {
  try {
    load(content, env);
  } catch (error) {
    return String((error as Error).message).replaceAll(`${file}:`, '');
  }
  return undefined;
};

describe("a gateway's config", () => {
  it('needs the broker and a certificate, and nothing of a terminal', () => {
    expect(load(least())).toEqual({
      secretsDir: '/etc/beacon-terminal/secrets',
      mqtt: { url: ['mqtts://broker.example'], prefix: 'beacon/1', protocolVersion: 5 },
      gateway: { listen: '0.0.0.0', port: 8443, ...files },
      console: undefined,
      log: { level: 'info' },
    });
  });

  it('may be the file of a terminal as well', () => {
    expect(load({ ...leastConfig(), gateway: files }).gateway.port).toBe(8443);
  });

  it('is overridden by the environment', () => {
    const env = { BEACON_TERMINAL_GATEWAY_PORT: '9443', BEACON_TERMINAL_CONSOLE_PORT: '9100' };
    expect(load(least(), env)).toMatchObject({
      gateway: { port: 9443 },
      console: { host: '127.0.0.1', port: 9100 },
    });
    const { gateway: _, ...without } = least();
    const paths = {
      BEACON_TERMINAL_GATEWAY_CERT: files.cert,
      BEACON_TERMINAL_GATEWAY_KEY: files.key,
    };
    expect(load(without, paths).gateway).toMatchObject(files);
  });

  it.each(['127.0.0.1', '::1', 'localhost', '127.8.9.1'])(
    'does without a certificate on %s, behind a proxy',
    (listen) => {
      expect(load({ ...least(), gateway: { listen } }).gateway.cert).toBeUndefined();
    },
  );

  it.each(['0.0.0.0', '::', '192.0.2.1', 'gateway.example', '127.example'])(
    'does not do without one on %s',
    (listen) => {
      expect(why({ ...least(), gateway: { listen } })).toMatch(
        /^3:1: gateway\.cert: is missing; set gateway\.cert and gateway\.key, or let gateway\.listen be 127\.0\.0\.1 /,
      );
    },
  );

  it('does not do without a certificate where the section is missing', () => {
    const { gateway: _, ...without } = least();
    expect(why(without)).toMatch(/^1:1: gateway\.cert: is missing; set gateway\.cert and /);
  });

  it.each([
    [{ cert: files.cert }, 'key'],
    [{ key: files.key, listen: '127.0.0.1' }, 'cert'],
  ])('has certificate and key, or neither: %j', (gateway, missing) => {
    expect(why({ ...least(), gateway })).toMatch(
      new RegExp(
        `gateway\\.${missing}: is missing; gateway\\.cert and gateway\\.key belong together$`,
      ),
    );
  });

  it('says what is missing, where there is no broker', () => {
    const { mqtt: _, ...without } = least();
    expect(why(without)).toMatch(/^1:1: mqtt\.url: is missing /);
  });

  it.each([
    [withValue(least(), ['gateway', 'prot'], 1), /gateway\.prot: unknown key; did you mean port\?/],
    [withValue(least(), ['gatway'], {}), /gatway: unknown key; did you mean gateway\?/],
    [{ ...least(), pos: { beaconId: '12345' } }, /pos\.name: is missing/],
  ])('is checked as strictly as any other: %#', (content, complaint) => {
    expect(why(content)).toMatch(complaint);
  });
});

describe('config check', () => {
  const check = (content: Data) => read(checkConfig, content);

  it('knows a file that is for a gateway alone', () => {
    expect(check(least())).toBe('gateway');
    expect(check({ ...leastConfig(), gateway: files })).toBe('run');
    expect(check(leastConfig())).toBe('run');
  });

  it('asks for all of a terminal as soon as there is something of one', () => {
    expect(() => check({ ...least(), terminal: { id: 'till-1' } })).toThrow(/mobilepay\.clientId/);
    expect(() => check({ mqtt: least()['mqtt'] })).toThrow(/terminal\.id: is missing/);
  });

  it("looks at a terminal's gateway section too", () => {
    expect(complaints({ ...leastConfig(), gateway: {} })).toEqual([
      expect.stringContaining('gateway.cert: is missing'),
    ]);
  });
});

import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { keysIn, shapeOf } from '../../src/config/config-keys.ts';
import { loadConfig } from '../../src/config/load.ts';
import { configSchema } from '../../src/config/schema.ts';
import { complaints, type Data, leastConfig, load, withValue } from './config-file.ts';

const everyKey = keysIn(configSchema).map(({ path, schema }) => ({
  path,
  key: path.join('.'),
  isSection: shapeOf(schema) !== undefined,
}));

/** Where `key:` stands in the block style that `stringify` writes. */
function lineOf(data: Data, path: readonly string[]): number {
  const lines = stringify(data).split('\n');
  let line = -1;
  for (const [depth, name] of path.entries()) {
    line = lines.findIndex(
      (text, index) => index > line && text.startsWith(`${'  '.repeat(depth)}${name}:`),
    );
  }
  return line + 1;
}

describe('a config file', () => {
  it('needs only what cannot be guessed', () => {
    expect(load(leastConfig())).toMatchObject({
      terminal: { id: 'till-1', locale: 'da' },
      secretsDir: '/etc/beacon-terminal/secrets',
      mqtt: { url: ['mqtts://broker.example:8883'], prefix: 'beacon/1', protocolVersion: 5 },
      mobilepay: {
        platform: 'pos-v10',
        baseUrl: 'https://api.mobilepay.dk',
        authUrl: 'https://api.mobilepay.dk/integrator-authentication',
      },
      pos: { merchantPosId: 'till-1', requirePaymentBeforeCheckin: false },
      payment: {
        currency: 'DKK',
        autoCapture: true,
        plannedCaptureDelay: 'None',
        customerTimeoutSeconds: 180,
      },
      refund: { enabled: true, maxAmount: 1_000_000 },
      journal: { path: '/var/lib/beacon-terminal/journal.db', keepDays: 400 },
      log: { level: 'info' },
    });
  });

  it('takes currency and language from a Finnish VAT number', () => {
    const config = load(withValue(leastConfig(), ['mobilepay', 'merchantVat'], 'FI12345678'));
    expect(config.payment.currency).toBe('EUR');
    expect(config.terminal.locale).toBe('fi');
  });

  it('lets the file overrule what the VAT number suggests', () => {
    const config = load(withValue(leastConfig(), ['payment', 'currency'], 'EUR'));
    expect(config.payment.currency).toBe('EUR');
  });

  it('promises Bluetooth to MobilePay only when there is a beacon', () => {
    expect(load(leastConfig()).pos.supportedBeaconTypes).toEqual(['QR']);
    const beaming = withValue(leastConfig(), ['beacon', 'mode'], 'two-way');
    expect(load(beaming).pos.supportedBeaconTypes).toEqual(['QR', 'Bluetooth']);
  });

  it('treats a key without a value as absent', () => {
    const config = load(`${stringify(leastConfig())}console:\nwhiteBox: { port: }\n`);
    expect(config.console).toBeUndefined();
    expect(config.whiteBox).toEqual({});
  });

  it('turns the console on with its defaults when the section is there', () => {
    expect(load(withValue(leastConfig(), ['console'], {})).console).toEqual({
      host: '127.0.0.1',
      port: 8080,
    });
  });

  it('takes a list of brokers, tried in turn', () => {
    const urls = ['mqtts://a:8883', 'mqtt://b'];
    expect(load(withValue(leastConfig(), ['mqtt', 'url'], urls)).mqtt.url).toEqual(urls);
  });

  it.each(['http://127.0.0.1:8081', 'http://localhost:8081', 'http://[::1]:8081/'])(
    'takes a simulator on this machine without TLS: %s',
    (url) => {
      const config = load(withValue(leastConfig(), ['mobilepay', 'baseUrl'], url));
      expect(config.mobilepay.authUrl).toBe(`${url.replace(/\/$/, '')}/integrator-authentication`);
    },
  );

  it('takes a GUID as beacon id and as store', () => {
    const guid = '01234567-89ab-4cde-8f01-23456789abcd';
    const least = leastConfig();
    const config = load({ ...least, pos: { storeId: guid, name: 'Kasse 1', beaconId: guid } });
    expect(config.pos).toMatchObject({ storeId: guid, beaconId: guid });
  });

  it('takes everything the schema knows when drivers of later versions are named', () => {
    const config = load({
      ...leastConfig(),
      beacon: { mode: 'two-way', driver: 'bleno', format: 'ibeacon', hciDevice: 0 },
      panel: {
        display: { driver: 'escpos' },
        lights: { driver: 'led-class' },
        buttons: { driver: 'onoff' },
      },
    });
    expect(config.panel.display.driver).toBe('escpos');
  });
});

describe('a wrong type', () => {
  it.each(everyKey)('at $key is an error that names line and key', ({ path, key, isSection }) => {
    const data = withValue(leastConfig(), path, isSection ? 'text' : { a: 1 });
    const line = lineOf(data, path);
    expect(complaints(data)).toContainEqual(
      expect.stringMatching(new RegExp(`^config\\.yaml:${line}:\\d+: ${key}: must be `)),
    );
  });

  it.each(everyKey.filter(({ isSection }) => isSection))(
    'below $key: an unknown key is an error that names line and key',
    ({ path }) => {
      const unknown = [...path, 'zzz'];
      const data = withValue(leastConfig(), unknown, 1);
      const line = lineOf(data, unknown);
      const column = 2 * path.length + 1;
      expect(complaints(data)).toContainEqual(
        expect.stringMatching(
          new RegExp(`^config\\.yaml:${line}:${column}: ${unknown.join('.')}: unknown key; `),
        ),
      );
    },
  );

  it.each(everyKey)(
    'of letter: $key misspelt is an error that knows what was meant',
    ({ path }) => {
      const name = path.at(-1) ?? '';
      if (name.length < 3) return;
      const misspelt = [...path.slice(0, -1), `${name.slice(0, -1)}`];
      expect(complaints(withValue(leastConfig(), misspelt, 1))).toContainEqual(
        expect.stringContaining(`${misspelt.join('.')}: unknown key; did you mean ${name}?`),
      );
    },
  );
});

it('takes a config that names no store: the terminal looks for it', () => {
  const { pos } = load({ ...leastConfig(), pos: { name: 'Kasse 1' } });
  expect(pos).toMatchObject({ name: 'Kasse 1' });
  expect(pos.storeId ?? pos.merchantBrandId ?? pos.merchantLocationId).toBeUndefined();
});

describe('a missing key', () => {
  it.each([
    ['terminal.id', /is missing \(.+\); set it, for example id: till-1$/],
    ['mqtt.url', /is missing \(.+\); set it, for example url: mqtts:/],
    ['mobilepay.clientId', /is missing \(.+\); set it, for example clientId: 0/],
    ['mobilepay.merchantVat', /is missing \(.+\); set it, for example merchantVat: DK/],
    ['pos.name', /is missing \(.+\); set it, for example name: Kasse 1$/],
    ['pos.merchantBrandId', /is missing; set pos\.storeId, or both/],
    ['pos.merchantLocationId', /is missing; set pos\.storeId, or both/],
  ])('%s is named, with what to write', (key, remedy) => {
    const [line, ...others] = complaints(withValue(leastConfig(), key.split('.'), undefined));
    expect(others).toEqual([]);
    expect(line).toMatch(new RegExp(`^config\\.yaml:\\d+:\\d+: ${key}: `));
    expect(line).toMatch(remedy);
  });

  it('is named for every section of an empty file', () => {
    expect(complaints('').map((line) => line.split(': ')[1])).toEqual([
      'terminal.id',
      'mqtt.url',
      'mobilepay.clientId',
      'mobilepay.merchantVat',
      'pos.name',
    ]);
  });

  it('is looked for in the section that lacks it', () => {
    const data = withValue(leastConfig(), ['pos', 'name'], undefined);
    expect(complaints(data)[0]).toContain(`config.yaml:${lineOf(data, ['pos'])}:1: pos.name`);
  });
});

const wrongValues: [key: string, value: unknown, remedy: RegExp][] = [
  ['terminal.id', 'till 1', /must be 1 to 36 of the characters/],
  ['terminal.id', 'till/1', /must be 1 to 36 of the characters/],
  ['terminal.id', '+', /must be 1 to 36 of the characters/],
  ['terminal.id', 'kasse-ø', /must be 1 to 36 of the characters/],
  ['terminal.id', 'x'.repeat(37), /must be 1 to 36 of the characters/],
  ['terminal.id', 1, /must be text; put it in quotes: "1"/],
  ['terminal.locale', 'dansk', /must be one of da, fi, en/],
  ['secretsDir', '', /must not be empty/],
  ['mqtt.url', 'broker:1883', /must be a URL|must begin with mqtts:/],
  ['mqtt.url', 'http://broker:1883', /must begin with mqtts:/],
  ['mqtt.url', 'wss://broker', /must begin with mqtts:/],
  ['mqtt.url', 'mqtt://broker/path', /must end after the port/],
  ['mqtt.url', [], /must name at least one broker/],
  ['mqtt.prefix', '', /must be topic levels/],
  ['mqtt.prefix', 'beacon/#', /must be topic levels/],
  ['mqtt.prefix', 'beacon/+/x', /must be topic levels/],
  ['mqtt.prefix', '/beacon', /must be topic levels/],
  ['mqtt.prefix', 'beacon/', /must be topic levels/],
  ['mqtt.prefix', '$SYS/x', /must be topic levels/],
  ['mqtt.username', '', /must not be empty/],
  ['mqtt.protocolVersion', 3, /must be one of 5, 4/],
  ['mqtt.protocolVersion', '5', /must be the number 5 or 4, without quotes/],
  ['mqtt.cert', '/cert.pem', /belong together; set both or neither/],
  ['mobilepay.platform', 'epayment', /must be pos-v10/],
  ['mobilepay.baseUrl', 'http://api.mobilepay.dk', /must begin with https:.*simulator/],
  ['mobilepay.baseUrl', 'http://127.0.0.1.evil.example', /must begin with https:/],
  ['mobilepay.baseUrl', 'ftp://api.mobilepay.dk', /must begin with https:/],
  ['mobilepay.baseUrl', 'api.mobilepay.dk', /must be a URL/],
  ['mobilepay.baseUrl', 'https://api.mobilepay.dk/?a=b', /must end before any \?/],
  ['mobilepay.authUrl', 'http://10.0.0.1', /must begin with https:/],
  ['mobilepay.clientId', 'a:b', /no spaces or :/],
  ['mobilepay.merchantVat', '12345678', /must be DK or FI and 8 digits.*"1".*place 1 must be "D"/],
  ['mobilepay.merchantVat', 'SE12345678', /; "S" \(U\+0053\) at place 1 must be "D" or "F"$/],
  ['mobilepay.merchantVat', 'DK1234567O', /; "O" \(U\+004F\) at place 10 must be a digit$/],
  ['mobilepay.merchantVat', 'DK1234567', /must be DK or FI and 8 digits.*ends after 9 characters$/],
  ['mobilepay.merchantVat', 'DK12345678 ', /; " " \(U\+0020\) at place 11 is too many$/],
  ['pos.storeId', '01234567-89ab-4cde-8f01-23456789abcd', /a second time; set pos\.storeId, or/],
  ['pos.merchantBrandId', 'POSSE12345', /; "S" \(U\+0053\) at place 4 must be "D" or "F"$/],
  ['pos.merchantBrandId', 'POSDK-2345', /; "-" \(U\+002D\) at place 6 must be a letter or digit$/],
  ['pos.merchantBrandId', 'POSDK1234', /must be MPPOS, POSDK or POSFI and 5.*ends after 9/],
  ['pos.merchantLocationId', '1000', /must be 5 letters or digits.*ends after 4 characters$/],
  ['pos.merchantLocationId', '100 1', /; " " \(U\+0020\) at place 4 must be a letter or digit$/],
  ['pos.merchantLocationId', 10_001, /must be text; put it in quotes: "10001"/],
  ['pos.merchantPosId', '', /must not be empty/],
  ['pos.name', 'x'.repeat(37), /must be at most 36 characters; it has 37$/],
  ['pos.name', 'Kasse €', /"€" \(U\+20AC\) at place 7 is not accepted by MobilePay; replace it$/],
  ['pos.merchantPosId', 'till\t1', /"\\t" \(U\+0009\) at place 5 is not accepted by MobilePay/],
  ['pos.beaconId', 123_456_789_012_345, /must be text; put it in quotes: "123456789012345"/],
  ['pos.beaconId', '12345678901234', /must be 15 digits \(in quotes\) or a GUID.*ends after 14/],
  ['pos.beaconId', '12345678901234S', /; "S" \(U\+0053\) at place 15 must be a digit$/],
  [
    'pos.beaconId',
    '{01234567-89ab-4cde-8f01-23456789abcd}',
    /; "\{" \(U\+007B\) at place 1 must be a digit or one of 0-9 a-f$/,
  ],
  [
    'pos.beaconId',
    '01234567-89ag-4cde-8f01-23456789abcd',
    /; "g" .* at place 13 must be one of 0-/,
  ],
  ['pos.supportedBeaconTypes', [], /must name at least one of/],
  ['pos.supportedBeaconTypes', ['QR', 'QR'], /must not name a type twice/],
  ['pos.supportedBeaconTypes', ['BluetoothMP2'], /must be one of QR, NFC, Bluetooth/],
  ['pos.callbackAlias', 'x'.repeat(37), /must be at most 36 characters; it has 37$/],
  ['pos.callbackAlias', 'shop→1', /"→" \(U\+2192\) at place 5 is not accepted by MobilePay/],
  ['pos.requirePaymentBeforeCheckin', 'yes', /must be true or false, without quotes/],
  ['payment.currency', 'SEK', /must be one of DKK, EUR/],
  ['payment.currency', 'dkk', /must be one of DKK, EUR; did you mean DKK\?/],
  ['payment.autoCapture', 1, /must be true or false/],
  ['payment.plannedCaptureDelay', 'LessThan24hours', /did you mean LessThan24Hours\?/],
  ['payment.customerTimeoutSeconds', 4, /must be a whole number from 5 to 3600/],
  ['payment.customerTimeoutSeconds', 3601, /must be a whole number from 5 to 3600/],
  ['payment.customerTimeoutSeconds', 60.5, /must be a whole number from 5 to 3600/],
  ['payment.customerTimeoutSeconds', '180', /a whole number from 5 to 3600, without quotes/],
  ['refund.maxAmount', 0, /must be a whole number from 1 to 99999999/],
  ['refund.maxAmount', 100_000_000, /must be a whole number from 1 to 99999999/],
  ['beacon.mode', 'on', /must be one of off, one-way, two-way/],
  ['beacon.driver', 'noble', /must be one of bleno, virtual/],
  ['beacon.format', 'eddystone', /must be one of ibeacon, eddystone-uid/],
  ['beacon.hciDevice', -1, /must be a whole number from 0 to 255/],
  ['beacon.intervalMs', 10, /must be a whole number from 20 to 10240/],
  ['panel.display.driver', 'lcd', /must be one of none, virtual, escpos/],
  ['panel.display.baudRate', 0, /must be a whole number from 300/],
  ['panel.lights.lines', { green: 1, yellow: 2 }, /lines\.red: is missing/],
  ['panel.lights.lines', { green: 1, yellow: 2, red: -3 }, /lines\.red: must be a whole number/],
  ['panel.buttons.driver', 'led-class', /must be one of none, virtual, onoff/],
  ['console.port', 65_536, /must be a whole number from 0 to 65535/],
  ['journal.keepDays', 0, /must be a whole number from 1 to 36500/],
  ['log.level', 'verbose', /must be one of trace, debug, info/],
  ['gateway.port', -1, /must be a whole number from 0 to 65535/],
];

describe('a wrong value', () => {
  it.each(wrongValues)('%s: %j is an error that says what to do', (key, value, remedy) => {
    // A gateway on another address would lack its certificate as well.
    const gateway = { listen: '127.0.0.1' };
    const data = withValue({ ...leastConfig(), gateway }, key.split('.'), value);
    const lines = complaints(data);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(remedy);
    // A list or a map may be wrong inside.
    const [, line = '', path = ''] =
      /^config\.yaml:(\d+):\d+: ([\w.]+): /.exec(lines[0] ?? '') ?? [];
    expect(path.startsWith(key)).toBe(true);
    expect(Number(line) - lineOf(data, key.split('.'))).toBeGreaterThanOrEqual(0);
    if (path === key) expect(Number(line)).toBe(lineOf(data, key.split('.')));
  });

  it('never comes alone when there are others: all are listed, in the order of the file', () => {
    const lines = complaints(
      'terminal: { id: "till 1" }\nmqtt:\n  url: x\n  protocolVersion: 3\npos: { nam: x }\n',
    );
    expect(lines.map((line) => line.split(': ').slice(0, 2).join(': '))).toEqual(
      [
        'config.yaml:1:17: terminal.id',
        'config.yaml:1:1: mobilepay.clientId',
        'config.yaml:1:1: mobilepay.merchantVat',
        'config.yaml:3:8: mqtt.url',
        'config.yaml:4:20: mqtt.protocolVersion',
        'config.yaml:5:1: pos.name',
        'config.yaml:5:8: pos.nam',
      ].toSorted(byPlace),
    );
  });

  it('of the store must be a GUID', () => {
    const pos = { storeId: '12345', name: 'Kasse 1' };
    expect(complaints({ ...leastConfig(), pos })[0]).toMatch(/pos\.storeId: must be a GUID/);
  });

  it('names two wires on one line', () => {
    const data = {
      ...leastConfig(),
      panel: {
        lights: { driver: 'onoff', lines: { green: 5, yellow: 27, red: 22 } },
        buttons: { driver: 'onoff' },
      },
    };
    expect(complaints(data)[0]).toMatch(
      /panel\.buttons\.lines\.pay: line 5 already drives a light/,
    );
  });

  it.each(['mqtts://till:hunter2@broker:8883', 'https://id:hunter2@api.mobilepay.dk'])(
    'never shows a password that somebody put into %s',
    (url) => {
      const path = url.startsWith('mqtts') ? ['mqtt', 'url'] : ['mobilepay', 'baseUrl'];
      const lines = complaints(withValue(leastConfig(), path, url));
      expect(lines[0]).toMatch(/must not carry credentials/);
      expect(lines.join()).not.toContain('hunter2');
    },
  );

  it.each([
    ['mobilepay.clientSecret', 'mobilepay-client-secret'],
    ['mqtt.password', 'mqtt-password'],
  ])('%s has no place in the file, and is sent where secrets belong', (key, secret) => {
    const [line] = complaints(withValue(leastConfig(), key.split('.'), 'hunter2'));
    expect(line).toContain(`put the value into the secret ${secret}`);
    expect(line).not.toContain('hunter2');
  });

  it('in the wrong section is sent to the right one', () => {
    const [line] = complaints(withValue(leastConfig(), ['pos', 'customerTimeoutSeconds'], 60));
    expect(line).toContain('did you mean payment.customerTimeoutSeconds?');
  });
});

function byPlace(a: string, b: string): number {
  const [, lineA = '', columnA = ''] = a.split(':');
  const [, lineB = '', columnB = ''] = b.split(':');
  return Number(lineA) - Number(lineB) || Number(columnA) - Number(columnB);
}

describe('a file that is no config', () => {
  it.each([
    ['a list', '- a\n- b\n', /^config\.yaml:1:1: must be sections of keys/],
    ['a word', 'hello\n', /^config\.yaml:1:1: must be sections of keys/],
    ['an open bracket', 'terminal: { id: x\n', /^config\.yaml:\d+:\d+: /],
    ['a key twice', 'log: {}\nlog: {}\n', /^config\.yaml:2:1: Map keys must be unique/],
    ['two documents', 'log: {}\n---\nlog: {}\n', /^config\.yaml:\d+:\d+: /],
    ['a tab as indent', 'log:\n\tlevel: info\n', /^config\.yaml:2:\d+: /],
    ['an unknown tag', 'log: !x {}\n', /^config\.yaml:1:\d+: Unresolved tag/],
    ['a key of prototypes', '__proto__: { a: 1 }\n', /^config\.yaml:1:1: /],
    [
      'a bomb of aliases',
      `a: &a [x]\n${'bcdefgh'.replaceAll(/./g, (c) => `${c}: &${c} [${`*${String.fromCharCode(c.charCodeAt(0) - 1)},`.repeat(9)}]\n`)}`,
      /alias/i,
    ],
  ])('%s is an error with its place', (_, text, complaint) => {
    expect(complaints(text)[0]).toMatch(complaint);
  });

  it('that is missing is an error that says how to name another', () => {
    const missing = join('/nonexistent', 'config.yaml');
    expect(() => loadConfig(missing, {})).toThrow(
      `${missing}: there is no such file; name another with --config FILE`,
    );
    expect(() => loadConfig(undefined, {})).toThrow('/etc/beacon-terminal/config.yaml: ');
  });
});

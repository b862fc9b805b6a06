import { describe, expect, it } from 'vitest';
import { keysIn } from '../../src/config/config-keys.ts';
import { variableOf } from '../../src/config/environment.ts';
import { configSchema } from '../../src/config/schema.ts';
import { complaints, leastConfig, load } from './config-file.ts';

describe('the environment', () => {
  it.each([
    [['terminal', 'id'], 'BEACON_TERMINAL_TERMINAL_ID'],
    [['mqtt', 'protocolVersion'], 'BEACON_TERMINAL_MQTT_PROTOCOL_VERSION'],
    [['secretsDir'], 'BEACON_TERMINAL_SECRETS_DIR'],
    [['whiteBox', 'port'], 'BEACON_TERMINAL_WHITE_BOX_PORT'],
    [['pos', 'requirePaymentBeforeCheckin'], 'BEACON_TERMINAL_POS_REQUIRE_PAYMENT_BEFORE_CHECKIN'],
  ])('names %j %s', (path, variable) => {
    expect(variableOf(path)).toBe(variable);
  });

  it('has a name of its own for every key', () => {
    const names = keysIn(configSchema).map(({ path }) => variableOf(path));
    expect(new Set(names).size).toBe(names.length);
  });

  it('overrides text, numbers, booleans, lists and maps', () => {
    const config = load(leastConfig(), {
      BEACON_TERMINAL_TERMINAL_ID: '4711',
      BEACON_TERMINAL_MQTT_PROTOCOL_VERSION: '4',
      BEACON_TERMINAL_MQTT_URL: '["mqtt://a","mqtt://b"]',
      BEACON_TERMINAL_PAYMENT_AUTO_CAPTURE: 'false',
      BEACON_TERMINAL_POS_BEACON_ID: '123456789012345',
      BEACON_TERMINAL_POS_SUPPORTED_BEACON_TYPES: '["NFC"]',
      BEACON_TERMINAL_PANEL_LIGHTS_LINES: '{"green":1,"yellow":2,"red":3}',
      BEACON_TERMINAL_CONSOLE_PORT: '0',
    });
    expect(config).toMatchObject({
      terminal: { id: '4711' },
      mqtt: { protocolVersion: 4, url: ['mqtt://a', 'mqtt://b'] },
      payment: { autoCapture: false },
      pos: { beaconId: '123456789012345', supportedBeaconTypes: ['NFC'], merchantPosId: '4711' },
      panel: { lights: { lines: { green: 1, yellow: 2, red: 3 } } },
      console: { host: '127.0.0.1', port: 0 },
    });
  });

  it('sets single keys after whole sections', () => {
    const config = load(leastConfig(), {
      BEACON_TERMINAL_JOURNAL_KEEP_DAYS: '7',
      BEACON_TERMINAL_JOURNAL: '{"path":"/j.db","keepDays":30}',
    });
    expect(config.journal).toEqual({ path: '/j.db', keepDays: 7 });
  });

  it('clears a key with an empty variable', () => {
    const file = { ...leastConfig(), console: { port: 1 } };
    expect(load(file, { BEACON_TERMINAL_CONSOLE: '' }).console).toBeUndefined();
  });

  it('ignores other variables, and the two of the secrets', () => {
    const env = {
      PATH: '/bin',
      BEACON_TERMINAL_MOBILEPAY_CLIENT_SECRET: 'x',
      BEACON_TERMINAL_MQTT_PASSWORD: 'x',
    };
    expect(complaints(leastConfig(), env)).toEqual([]);
  });

  it.each([
    [
      { BEACON_TERMINAL_MQTT_PROTOCOL: '4' },
      /^BEACON_TERMINAL_MQTT_PROTOCOL: no config key has this name/,
    ],
    [
      { BEACON_TERMINAL_MQTT_URLS: 'x' },
      /^BEACON_TERMINAL_MQTT_URLS: .*; did you mean BEACON_TERMINAL_MQTT_URL\?/,
    ],
    [
      { BEACON_TERMINAL_MQTT_PASSWD: 'hunter2' },
      /^BEACON_TERMINAL_MQTT_PASSWD: .*; did you mean BEACON_TERMINAL_MQTT_PASSWORD\?/,
    ],
    [
      { BEACON_TERMINAL_PAYMENT_CUSTOMER_TIMEOUT_SECONDS: 'soon' },
      /^BEACON_TERMINAL_PAYMENT_CUSTOMER_TIMEOUT_SECONDS: payment\.customerTimeoutSeconds: must be a whole number from 5 to 3600/,
    ],
    [
      { BEACON_TERMINAL_PAYMENT_AUTO_CAPTURE: 'yes' },
      /^BEACON_TERMINAL_PAYMENT_AUTO_CAPTURE: payment\.autoCapture: must be true or false/,
    ],
    [
      { BEACON_TERMINAL_POS_SUPPORTED_BEACON_TYPES: 'QR' },
      /^BEACON_TERMINAL_POS_SUPPORTED_BEACON_TYPES: pos\.supportedBeaconTypes: must be JSON/,
    ],
    [
      { BEACON_TERMINAL_MQTT_URL: '["mqtt://a"' },
      /^BEACON_TERMINAL_MQTT_URL: mqtt\.url: must be JSON/,
    ],
    [
      { BEACON_TERMINAL_PANEL_LIGHTS: '{"drivr":"onoff"}' },
      /^BEACON_TERMINAL_PANEL_LIGHTS: panel\.lights\.drivr: unknown key; did you mean driver\?/,
    ],
  ])('is checked like the file: %j', (env, complaint) => {
    const lines = complaints(leastConfig(), env);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(complaint);
    expect(lines[0]).not.toContain('hunter2');
  });
});

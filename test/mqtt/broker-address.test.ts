import { expect, test } from 'vitest';
import { parseBrokerAddress } from '../../src/mqtt/broker-address.ts';
import { TerminalError } from '../../src/terminal-error.ts';

test.each([
  ['mqtt://broker', 'mqtt', 'broker', 1883, 'broker:1883'],
  ['mqtts://broker', 'mqtts', 'broker', 8883, 'broker:8883'],
  ['tcp://10.0.0.1:18830', 'mqtt', '10.0.0.1', 18830, '10.0.0.1:18830'],
  ['mqtt://[::1]:1884', 'mqtt', '::1', 1884, '[::1]:1884'],
  ['wss://broker/mqtt', 'wss', 'broker', 443, 'broker:443'],
])('%s is understood', (text, protocol, host, port, label) => {
  expect(parseBrokerAddress(text)).toMatchObject({ protocol, host, port, label });
});

test('credentials are taken out of the url', () => {
  const address = parseBrokerAddress('mqtt://till:s%40cret@broker:1883');
  expect(address).toMatchObject({ username: 'till', password: 's@cret', label: 'broker:1883' });
});

test.each(['broker', 'http://broker', 'mqtt://', 'mqtt://u:s3cret@broker:99999'])(
  '%s is a config error that repeats no secret',
  (text) => {
    let thrown: unknown;
    try {
      parseBrokerAddress(text);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(TerminalError);
    expect(thrown).toMatchObject({ code: 'config-invalid' });
    expect(String(thrown)).not.toContain('s3cret');
  },
);

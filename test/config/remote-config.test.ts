import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { stringify } from 'yaml';
import { keysIn } from '../../src/config/config-keys.ts';
import { type Boot, bootConfig, configInForce } from '../../src/config/in-force.ts';
import { problemsWith } from '../../src/config/load.ts';
import {
  createRemoteConfig,
  type RemoteConfigKeeper,
  type RemoteView,
} from '../../src/config/remote-config.ts';
import { writeRemoteState } from '../../src/config/remote-file.ts';
import { remoteKeys } from '../../src/config/remote-keys.ts';
import { configSchema } from '../../src/config/schema.ts';
import { type ReportedConfig, reportedConfigSchema } from '../../src/contract/remote-config.ts';
import { type Data, leastConfig } from './config-file.ts';

const idle: RemoteView = { phase: 'idle', mqttConnected: true, setupProblem: null };

/** The terminal as far as its configuration goes: a file, and processes that follow one another. */
class Till {
  readonly folder = mkdtempSync(join(tmpdir(), 'beacon-remote-config-'));
  readonly file = join(this.folder, 'config.yaml');
  readonly remoteFile = join(this.folder, 'remote-config.json');
  env: NodeJS.ProcessEnv = {};
  open: boolean | 'unreadable' = false;
  restarts = 0;
  canWrite = true;
  reports: ReportedConfig[] = [];
  boot!: Boot;
  keeper!: RemoteConfigKeeper;

  constructor() {
    this.technician({ payment: { customerTimeoutSeconds: 100 } });
  }
  technician(more: Data) {
    const data = { ...leastConfig(), journal: { path: join(this.folder, 'journal.db') }, ...more };
    writeFileSync(this.file, stringify(data));
  }
  start() {
    this.keeper?.stop();
    this.boot = bootConfig(this.file, this.env);
    this.keeper = createRemoteConfig({
      state: this.boot.state,
      trouble: this.boot.trouble,
      env: this.env,
      problemsWith: (settings) => problemsWith(this.file, this.env, settings),
      write: (state) => {
        if (!this.canWrite) throw new Error('ENOSPC');
        writeRemoteState(this.remoteFile, state);
      },
      isOpen: () => {
        if (this.open === 'unreadable') throw new Error('the disk does not answer');
        return this.open;
      },
      report: (reported) => this.reports.push(reportedConfigSchema.parse(reported)),
      restart: () => {
        this.restarts += 1;
      },
      logger: pino({ level: 'silent' }),
    });
  }
  get timeout() {
    return this.boot.config.payment.customerTimeoutSeconds;
  }
  get reported() {
    const report = this.reports.at(-1);
    if (report === undefined) throw new Error('nothing was reported');
    const { version, config, wish } = report;
    return { version, config, wish };
  }
  hear(payload: unknown) {
    const text = typeof payload === 'string' ? payload : JSON.stringify(payload);
    this.keeper.hear(Buffer.from(text));
  }
}

const wished = (version: number, seconds: number) => ({
  version,
  payment: { customerTimeoutSeconds: seconds },
});
const DIGITS = '123456789012345';
const GUID = '00000000-0000-4000-8000-000000000000';
const withBeaconId = (beaconId: string) => ({
  pos: { ...(leastConfig()['pos'] as Data), beaconId },
});
/** Has room for digits only. */
const shortIds = { version: 7, beacon: { format: 'service-data', serviceUuid: GUID } };
const problem = (field: string, message: string) => ({ field, message });

describe('configuration from afar', () => {
  let till: Till;
  beforeEach(() => {
    vi.useFakeTimers();
    till = new Till();
    till.start();
    till.keeper.see(idle);
  });
  afterEach(() => {
    till.keeper.stop();
    vi.useRealTimers();
    rmSync(till.folder, { recursive: true });
  });

  function bring(version: number, seconds: number) {
    till.hear(wished(version, seconds));
    till.start();
    till.keeper.see(idle);
  }

  it('says at the first start that there is none', () => {
    expect(till.reported).toEqual({ version: null, config: {}, wish: null });
    expect(till.timeout).toBe(100);
  });

  it('is tried by a restart, and in force once the terminal is idle and online', () => {
    till.hear(wished(7, 120));
    expect(till.restarts).toBe(1);
    expect(till.timeout).toBe(100);
    expect(till.reported).toMatchObject({ version: null, wish: { version: 7, outcome: 'trying' } });

    till.start();
    expect(till.timeout).toBe(120);
    till.keeper.see({ ...idle, phase: 'starting' });
    till.keeper.see({ ...idle, mqttConnected: false });
    expect(till.reported).toMatchObject({ version: 7, wish: { version: 7, outcome: 'trying' } });
    till.keeper.see(idle);
    expect(till.reported).toEqual({
      version: 7,
      config: { payment: { customerTimeoutSeconds: 120 } },
      wish: { version: 7, outcome: 'applied', problems: [] },
    });

    till.start();
    expect(till.timeout).toBe(120);
    expect(till.restarts).toBe(1);
    expect(configInForce(till.file, {}).remote?.version).toBe(7);
  });

  it('is not tried a second time when the same message comes again', () => {
    bring(7, 120);
    till.hear(wished(7, 120));
    expect(till.restarts).toBe(1);
    expect(till.reported).toMatchObject({ version: 7, wish: { outcome: 'applied' } });
  });

  it('replaces the one before it as a whole, and an empty one gives the file back', () => {
    bring(7, 120);
    till.hear({ version: 8, log: { level: 'debug' } });
    till.start();
    till.keeper.see(idle);
    expect([till.timeout, till.boot.config.log.level]).toEqual([100, 'debug']);
    till.hear({ version: 9 });
    till.start();
    till.keeper.see(idle);
    expect(till.boot.config.log.level).toBe('info');
    expect(till.reported).toMatchObject({ version: 9, config: {}, wish: { outcome: 'applied' } });
  });

  it('needs no restart when only the number is new', () => {
    bring(7, 120);
    till.hear(wished(3, 120));
    expect(till.restarts).toBe(1);
    expect(till.reported).toMatchObject({ version: 3, wish: { version: 3, outcome: 'applied' } });
  });

  describe('waits', () => {
    it.each(['starting', 'checked-in', 'paying', 'approved', 'cancelled'] as const)(
      'while the phase is %s',
      (phase) => {
        till.keeper.see({ ...idle, phase });
        till.hear(wished(7, 120));
        expect(till.restarts).toBe(0);
        expect(till.reported.wish?.outcome).toBe('waiting');
        till.keeper.see(idle);
        expect(till.restarts).toBe(1);
      },
    );

    it('while a payment or a refund is not settled, and looks again', () => {
      till.open = true;
      till.hear(wished(7, 120));
      vi.advanceTimersByTime(5_000);
      expect(till.restarts).toBe(0);
      till.open = false;
      vi.advanceTimersByTime(1_000);
      expect(till.restarts).toBe(1);
    });

    it('while the journal does not say what is open, and disturbs nobody meanwhile', () => {
      till.open = 'unreadable';
      till.hear(wished(7, 60));
      expect(() => {
        till.keeper.see(idle);
        vi.advanceTimersByTime(5_000);
      }).not.toThrow();
      expect(till.reported.wish?.outcome).toBe('waiting');
      expect(till.restarts).toBe(0);
      till.open = false;
      vi.advanceTimersByTime(1_000);
      expect(till.restarts).toBe(1);
    });

    it('no longer when it is taken back by an empty message', () => {
      till.open = true;
      till.hear(wished(7, 120));
      till.hear('');
      till.open = false;
      vi.advanceTimersByTime(5_000);
      expect(till.restarts).toBe(0);
      expect(till.reported.wish).toBeNull();
    });

    it('not when the terminal is out of order: it may be what mends it', () => {
      till.keeper.see({ ...idle, phase: 'out-of-order' });
      till.hear(wished(7, 120));
      expect(till.restarts).toBe(1);
    });
  });

  describe('is rolled back', () => {
    it.each([
      ['never starts', null, 'it has not started'],
      [
        'stays out of order',
        { ...idle, phase: 'out-of-order', setupProblem: 'refused' },
        'refused',
      ],
      ['stays offline', { ...idle, mqttConnected: false }, 'no connection to the broker'],
    ] as const)('when the terminal %s for a minute', (_, view, why) => {
      bring(6, 110);
      till.hear(wished(7, 120));
      till.start();
      if (view !== null) till.keeper.see(view);
      vi.advanceTimersByTime(59_000);
      expect(till.reported.wish?.outcome).toBe('trying');
      vi.advanceTimersByTime(1_000);
      expect(till.reported.wish).toMatchObject({ version: 7, outcome: 'rolled-back' });
      expect(till.reported.wish?.problems[0]?.message).toContain(why);
      expect(till.restarts).toBe(3);

      till.start();
      till.keeper.see(idle);
      expect(till.timeout).toBe(110);
      expect(till.reported).toMatchObject({
        version: 6,
        wish: { version: 7, outcome: 'rolled-back' },
      });
    });

    it('when the process or the power goes before it was healthy', () => {
      bring(6, 110);
      till.hear(wished(7, 120));
      till.start();
      expect(till.timeout).toBe(120);
      till.start();
      expect(till.timeout).toBe(110);
      expect(till.reported).toMatchObject({
        version: 6,
        wish: { version: 7, outcome: 'rolled-back' },
      });
    });

    it('after a payment that the unhealthy terminal has begun is settled', () => {
      till.hear(wished(7, 120));
      till.start();
      till.keeper.see({ ...idle, phase: 'paying', mqttConnected: false });
      vi.advanceTimersByTime(70_000);
      expect(till.restarts).toBe(1);
      till.keeper.see({ ...idle, mqttConnected: false });
      vi.advanceTimersByTime(1_000);
      expect(till.restarts).toBe(2);
    });

    it('and not tried again when the retained message comes again', () => {
      till.hear(wished(7, 120));
      till.start();
      till.start();
      till.keeper.see(idle);
      till.hear(wished(7, 120));
      expect(till.restarts).toBe(1);
      expect(till.reported.wish?.outcome).toBe('rolled-back');
      till.hear(wished(8, 130));
      expect(till.restarts).toBe(2);
    });

    it('when the file of the technician no longer goes with it', () => {
      till.technician(withBeaconId(DIGITS));
      till.hear(shortIds);
      expect(till.restarts).toBe(1);
      till.technician(withBeaconId(GUID));
      till.start();
      expect(till.boot.config.beacon.format).toBe('ibeacon');
      expect(till.reported.wish).toMatchObject({ version: 7, outcome: 'rolled-back' });
      expect(till.reported.wish?.problems[0]?.message).toContain('beacon.');
    });
  });

  describe('is refused', () => {
    const refusals: [string, unknown, number | null, string, RegExp][] = [
      ['what is no JSON', 'x', null, '', /not JSON/],
      ['what has no version', { payment: {} }, null, 'version', /whole number/],
      ['what is no section', { version: 7, payment: 3 }, 7, 'payment', /section/],
      ['a wrong value', wished(7, 4), 7, 'payment.customerTimeoutSeconds', /5 to 3600/],
      [
        'an unknown key',
        { version: 7, payment: { autoCaptur: true } },
        7,
        'payment.autoCaptur',
        /autoCapture/,
      ],
      ['an unknown section', { version: 7, paymnt: { x: 1 } }, 7, 'paymnt.x', /unknown key/],
      [
        'an address',
        { version: 7, mobilepay: { baseUrl: 'https://evil.example' } },
        7,
        'mobilepay.baseUrl',
        /on the terminal only/,
      ],
      [
        'a broker',
        { version: 7, mqtt: { url: 'mqtt://evil.example' } },
        7,
        'mqtt.url',
        /on the terminal only/,
      ],
      [
        'a limit of refunds',
        { version: 7, refund: { maxAmount: 9 } },
        7,
        'refund.maxAmount',
        /on the terminal only/,
      ],
      [
        'a secret',
        { version: 7, mobilepay: { clientSecret: 's3cret' } },
        7,
        'mobilepay.clientSecret',
        /unknown key/,
      ],
      ['a trick', { version: 7, constructor: { x: 1 } }, 7, 'constructor.x', /unknown key/],
      [
        'what does not go together',
        { version: 7, beacon: { format: 'eddystone-url' } },
        7,
        'beacon.url',
        /./,
      ],
    ];
    it.each(refusals)('%s, with the key at fault', (_, payload, version, field, message) => {
      till.hear(payload);
      expect(till.restarts).toBe(0);
      expect(till.reported).toMatchObject({ version: null, wish: { version, outcome: 'refused' } });
      const problems = till.reported.wish?.problems ?? [];
      expect(problems.map((each) => each.field)).toEqual([field]);
      expect(problems[0]?.message).toMatch(message);
      expect(JSON.stringify(till.reports)).not.toContain('s3cret');
    });

    it('a version that stands for something else already', () => {
      bring(7, 120);
      till.hear(wished(7, 130));
      expect(till.reported.wish?.problems).toEqual([
        problem('version', expect.stringContaining('new number') as string),
      ]);
      expect(till.restarts).toBe(1);
    });

    it('a key that the environment sets on the terminal', () => {
      till.env = { BEACON_TERMINAL_PAYMENT_CUSTOMER_TIMEOUT_SECONDS: '90' };
      till.start();
      till.keeper.see(idle);
      till.hear(wished(7, 120));
      expect(till.reported.wish).toMatchObject({ outcome: 'refused' });
    });

    it('when it cannot be stored', () => {
      till.canWrite = false;
      till.hear(wished(7, 120));
      expect(till.restarts).toBe(0);
      expect(till.reported.wish).toMatchObject({ version: 7, outcome: 'refused' });
    });
  });

  it('never keeps the terminal from starting: a damaged file does not count', () => {
    bring(7, 120);
    writeFileSync(till.remoteFile, readFileSync(till.remoteFile, 'utf8').slice(0, 20));
    till.start();
    expect(till.timeout).toBe(100);
    expect(till.boot.trouble).toContain('damaged');
  });

  it('does not count while it does not go with the file of the technician', () => {
    till.technician(withBeaconId(DIGITS));
    till.hear(shortIds);
    till.start();
    till.keeper.see(idle);
    expect(till.boot.config.beacon.format).toBe('service-data');
    till.technician(withBeaconId(GUID));
    till.start();
    expect(till.boot.config.beacon.format).toBe('ibeacon');
    expect(till.reported).toMatchObject({
      version: null,
      wish: { version: 7, outcome: 'refused' },
    });
    expect(configInForce(till.file, {}).trouble).toContain('beacon.');
  });

  it('may change existing keys only, and none that leads to a secret', () => {
    const known = keysIn(configSchema).map(({ path }) => path.join('.'));
    expect(remoteKeys.filter((key) => !known.includes(key))).toEqual([]);
    const guarded = /^(mqtt|mobilepay|secretsDir|console|gateway|whiteBox|panel|refund)/;
    expect(remoteKeys.filter((key) => guarded.test(key))).toEqual([]);
  });
});

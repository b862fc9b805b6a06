import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
import { PATIENCE_MS } from './test/patience-ms.ts';

/** Tests that start the built product as a process of its own; all others are unit tests. */
const processTests = ['test/{broker,cli,e2e,crash,world}/**/*.test.ts'];
/** Of these, the long ones of what technicians and integrators run: `npm run test:field`. */
const fieldTests = [
  'test/cli/{planted-secrets,provision,provision-dialogue,decommission,scripts,remote-config}.test.ts',
  'test/e2e/certify*.test.ts',
  'test/broker/*.test.ts',
];
/** Tests that run the built product on a kernel of its own: `npm run test:machine`. */
const machineTests = ['test/machine/*.test.ts'];
/** Of these, the package on a machine with systemd: `npm run test:installed`. */
const installedTests = ['test/machine/packaged.test.ts'];
/** Its figures: `npm run bench:machine`. */
const machineFigures = ['test/machine/bench/*.test.ts'];
/** The guest's processor is emulated: nothing is quick there. */
const machineSettings = {
  globalSetup: ['test/built-product.ts'],
  testTimeout: 180_000,
  hookTimeout: 300_000,
  teardownTimeout: 20_000,
  // One story after the other: the transcript is for reading.
  fileParallelism: false,
  disableConsoleIntercept: true,
};

/** A condition that a test waits for has time. */
const patience = { setupFiles: ['test/patience.ts'], expect: { poll: { timeout: PATIENCE_MS } } };

/** Tests of the Debian package that scripts/build-deb has made: `npm run test:package`. */
const packageTests = ['test/package/**/*.test.ts'];

/** Hundreds of terminals at once, and a cluster of brokers: `npm run test:fleet`. */
const fleetTests = ['test/fleet/**/*.test.ts'];

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          ...patience,
          include: ['test/**/*.test.ts'],
          exclude: [
            ...processTests,
            ...fleetTests,
            ...machineTests,
            ...machineFigures,
            ...packageTests,
          ],
          testTimeout: 10_000,
          // Many of them wait: as many at a time as there are cores, and one more.
          maxWorkers: availableParallelism() + 1,
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          name: 'process',
          ...patience,
          include: processTests,
          exclude: fieldTests,
          globalSetup: ['test/built-product.ts'],
          testTimeout: 60_000,
          hookTimeout: 60_000,
          teardownTimeout: 20_000,
          // Whole worlds of processes compete for the CPU: few at a time, after the unit tests.
          maxWorkers: 2,
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          name: 'field',
          ...patience,
          include: fieldTests,
          globalSetup: ['test/built-product.ts'],
          testTimeout: 120_000,
          hookTimeout: 60_000,
          teardownTimeout: 20_000,
          // They wait more than they work.
          maxWorkers: 4,
          sequence: { groupOrder: 2 },
        },
      },
      {
        test: {
          name: 'package',
          include: packageTests,
          testTimeout: 240_000,
          hookTimeout: 240_000,
          maxWorkers: 2,
          sequence: { groupOrder: 5 },
        },
      },
      {
        test: {
          name: 'machine',
          include: machineTests,
          exclude: installedTests,
          ...machineSettings,
          sequence: { groupOrder: 3 },
        },
      },
      {
        test: {
          name: 'installed',
          include: installedTests,
          ...machineSettings,
          sequence: { groupOrder: 6 },
        },
      },
      {
        test: {
          name: 'machine-figures',
          include: machineFigures,
          ...machineSettings,
          testTimeout: 600_000,
          sequence: { groupOrder: 4 },
        },
      },
      {
        test: {
          name: 'fleet',
          ...patience,
          include: fleetTests,
          globalSetup: ['test/built-product.ts'],
          testTimeout: 480_000,
          hookTimeout: 120_000,
          teardownTimeout: 20_000,
          // Figures are printed: one after the other.
          fileParallelism: false,
          disableConsoleIntercept: true,
          sequence: { groupOrder: 6 },
        },
      },
    ],
  },
});

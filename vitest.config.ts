import { defineConfig } from 'vitest/config';

/** Tests that start the built product as a process of its own; all others are unit tests. */
const processTests = ['test/{cli,e2e,crash,world}/**/*.test.ts'];

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: processTests,
          testTimeout: 10_000,
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          name: 'process',
          include: processTests,
          globalSetup: ['test/built-product.ts'],
          testTimeout: 60_000,
          hookTimeout: 60_000,
          teardownTimeout: 20_000,
          // Whole worlds of processes compete for the CPU: few at a time, after the unit tests.
          maxWorkers: 2,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});

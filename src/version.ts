import { createRequire } from 'node:module';

const { version: released } = createRequire(import.meta.url)('../package.json') as {
  version: string;
};

/** Major.Minor.Build: MobilePay certifies Major and Minor; Build may change freely. */
export const version = released;

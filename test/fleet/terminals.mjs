// Many terminals in one process, of the built product; test/fleet/fleet.test.ts starts it.
import { pino } from 'pino';
import { configOf } from '../../dist/config/load.js';
import { startTerminal } from '../../dist/terminal.js';

const AT_ONCE = 5;
const running = [];

async function startOne({ config, secret }) {
  const ready = new Promise((resolve) => {
    startTerminal(
      configOf(config),
      { mobilepayClientSecret: secret, mqttPassword: undefined },
      { logger: pino({ level: 'error' }, process.stderr), onReady: resolve },
    ).then((terminal) => running.push(terminal));
  });
  await ready;
}

function residentBytes() {
  globalThis.gc();
  return process.memoryUsage().rss;
}

process.on('message', async ({ start, memory, stop }) => {
  if (start !== undefined) {
    const waiting = [...start];
    const worker = async () => {
      for (let next = waiting.shift(); next; next = waiting.shift()) await startOne(next);
    };
    await Promise.all(Array.from({ length: AT_ONCE }, worker));
    process.send({ started: running.length });
  }
  if (memory) process.send({ residentBytes: residentBytes() });
  if (stop) {
    await Promise.all(running.map((terminal) => terminal.stop()));
    process.disconnect();
  }
});

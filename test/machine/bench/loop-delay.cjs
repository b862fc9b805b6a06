// Loaded into a process with `node --require`: SIGUSR2 writes how late its event loop has been since
// the last SIGUSR2, into /run/loop-delay.PID, in ms.
const { renameSync, writeFileSync } = require('node:fs');
const { monitorEventLoopDelay } = require('node:perf_hooks');

const delay = monitorEventLoopDelay({ resolution: 10 });
delay.enable();
process.on('SIGUSR2', () => {
  const file = `/run/loop-delay.${process.pid}`;
  const ms = (ns) => ns / 1e6;
  writeFileSync(
    `${file}.new`,
    JSON.stringify({ p50: ms(delay.percentile(50)), p99: ms(delay.percentile(99)) }),
  );
  renameSync(`${file}.new`, file);
  delay.reset();
});

// Stands in for the radio's process: says what the real one says, and misbehaves as it is told.
// Arguments: a folder, in which `moods` holds one mood per line, the first start's first (the last
// one stays), `starts` collects process ids, and `air` is what phones receive.
import { appendFileSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const folder = process.argv[2];
const air = join(folder, 'air');
appendFileSync(join(folder, 'starts'), `${process.pid}\n`);
const start = readFileSync(join(folder, 'starts'), 'utf8').trim().split('\n').length;
const moods = readFileSync(join(folder, 'moods'), 'utf8').trim().split('\n');
const mood = moods[Math.min(start, moods.length) - 1];

const say = (message) => process.send(message);
const leaveAir = () => existsSync(air) && rmSync(air);

const atOpen = {
  works: () => say({ kind: 'ready' }),
  crashes: () => {
    process.stderr.write('bind: the socket fell over\n');
    process.exit(3);
  },
  aborts: () => process.kill(process.pid, 'SIGABRT'),
  hangs: () => {
    for (;;);
  },
  gossips: () => say({ kind: 'gossip', about: 'the weather' }),
  'is refused': () => say({ kind: 'failed', fault: 'adapter-busy', detail: 'bluetoothd has it' }),
  'may not': () => say({ kind: 'failed', fault: 'no-permission', detail: 'ask root' }),
};

function advertise(order) {
  if (mood === 'lies') return say({ kind: 'on-air', beaconId: '999999999999999' });
  writeFileSync(air, JSON.stringify({ ...order, pid: process.pid }));
  say({ kind: 'on-air', beaconId: order.beaconId });
  if (mood === 'checks in') say({ kind: 'check-in', token: 'dG9rZW4=', authenticator: 'cHJvb2Y=' });
}

process.on('message', (order) => {
  writeFileSync(join(folder, `last-${order.kind}`), JSON.stringify(order));
  switch (order.kind) {
    case 'open':
      return (atOpen[mood] ?? atOpen.works)();
    case 'advertise':
      return advertise(order);
    case 'silence':
      leaveAir();
      return say({ kind: 'on-air', beaconId: null });
    case 'ping':
      return say({ kind: 'pong', id: mood === 'repeats itself' ? 1 : order.id });
    case 'close':
      if (mood === 'stays') return undefined;
      leaveAir();
      return process.exit(0);
    default:
      return undefined;
  }
});
process.on('disconnect', () => process.exit(0));

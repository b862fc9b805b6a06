// Starts the radio's process as the terminal does, and stays. Arguments: what to run.
import { spawn } from 'node:child_process';

const child = spawn(process.execPath, process.argv.slice(2), {
  stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
});
child.on('message', ({ kind }) => {
  const advert = { kind: 'advertise', beaconId: '1', advert: '020106', scanResponse: '' };
  if (kind === 'ready') child.send(advert);
});
child.send({ kind: 'open', hciDevice: 0, intervalMs: 100, posName: 'Kasse', twoWay: true });

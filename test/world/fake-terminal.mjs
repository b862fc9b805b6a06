// Stands in for a terminal where only the process counts: says what it is asked to say.
import process from 'node:process';

const [, , how] = process.argv;
process.stderr.write(`I am ${process.env.ROLE}\n`);
if (how === 'fail') process.exit(7);
if (how === 'deaf') process.on('SIGTERM', () => {});
process.on('message', ({ button, action }) => {
  process.send({ kind: 'display', content: { scene: `${button} ${action}` } });
  if (button === 'cancel') process.exit(7);
});
process.send({ kind: 'beacon', advertising: true, beaconId: String(process.pid) });
process.on('disconnect', () => process.exit(0));

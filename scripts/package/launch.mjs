// What /usr/bin/beacon-terminal starts. The native parts were built for one ABI of Node; under another they do
// not load, and a till had better say so than fail somewhere on its way.
import process from 'node:process';

const BUILT_FOR = '@NODE_ABI@';
const { modules, node } = process.versions;
if (modules !== BUILT_FOR) {
  process.stderr.write(
    `beacon-terminal was built for Node @NODE_MAJOR@ (ABI ${BUILT_FOR}); ${process.execPath} is Node ${node} (ABI ${modules}). Install Node @NODE_MAJOR@ again and hold it (apt-mark hold nodejs), or install the package of beacon-terminal that was built for this Node.\n`,
  );
  process.exit(78);
}
await import('./dist/main.js');

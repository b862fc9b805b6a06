// Loaded into the terminal's process with `node --import`. Numbers the instants at which a power
// cut matters: before and after every durable commit, and before, within and after every write of
// an HTTP call. At the instant given it kills its own process, as the plug being pulled would.
import { openSync, writeSync } from 'node:fs';
import { createRequire } from 'node:module';
import net from 'node:net';

const apiPort = Number(process.env.CRASH_API_PORT);
const endAt = Number(process.env.CRASH_END_AT ?? 0);
/** SIGKILL, at once; or SIGTERM, which it obeys in its own time. */
const signal = process.env.CRASH_SIGNAL;
/** One line per instant passed; the last one is the one it died at. */
const list = openSync(process.env.CRASH_POINTS_FILE, 'a');
let passed = 0;

function end() {
  process.kill(process.pid, signal);
}

/** Notes an instant; whether it is the one to end at. */
function reaches(name) {
  passed += 1;
  writeSync(list, `${name}\n`);
  return passed === endAt;
}

function point(name) {
  if (reaches(name)) end();
}

// ------------------------------------------------------------ durable commits

const Database = createRequire(import.meta.url)('better-sqlite3');
const memory = new Database(':memory:');
const statement = Object.getPrototypeOf(memory.prepare('SELECT 1'));
memory.close();

/** Whether this makes something durable. `readonly` as SQLite says, which calls COMMIT so. */
function commits(source, { inTransaction }, readonly) {
  if (/^\s*(COMMIT|END)\b/i.test(source)) return true;
  return !inTransaction && !readonly && !/^\s*(BEGIN|PRAGMA)\b/i.test(source);
}

function around(act) {
  point('before a commit');
  const result = act();
  point('after a commit');
  return result;
}

const { run } = statement;
statement.run = function (...values) {
  const act = () => run.apply(this, values);
  return commits(this.source, this.database, this.readonly) ? around(act) : act();
};

const { exec } = Database.prototype;
Database.prototype.exec = function (source) {
  const act = () => exec.call(this, source);
  return commits(source, this, false) ? around(act) : act();
};

// ------------------------------------------------------------ outward bytes of a call

function bytesOf(writev, data, encoding) {
  if (!writev) return Buffer.isBuffer(data) ? data : Buffer.from(data, encoding);
  const chunks = data.allBuffers ? data : data.map((one) => Buffer.from(one.chunk, one.encoding));
  return Buffer.concat(chunks);
}

/** What must be the same whenever a create is repeated: its key and its bytes. */
function onceOnly(text) {
  const key = /^x-mobilepay-idempotency-key: (.*)$/im.exec(text)?.[1];
  return key === undefined ? '' : ` ${key} ${text.slice(text.indexOf('\r\n\r\n') + 4)}`;
}

const { _writeGeneric: writeGeneric } = net.Socket.prototype;
net.Socket.prototype._writeGeneric = function (writev, data, encoding, callback) {
  // A socket that is still connecting calls this again once it is connected.
  if (this.connecting || this.remotePort !== apiPort) {
    return writeGeneric.call(this, writev, data, encoding, callback);
  }
  const bytes = bytesOf(writev, data, encoding);
  const text = bytes.toString('latin1');
  const call = /^([A-Z]+ \/\S*) HTTP\/1\.1\r\n/.exec(text)?.[1] ?? 'a body';
  point(`before ${call}${onceOnly(text)}`);
  if (reaches(`within ${call}`)) {
    // A process that ends in an orderly way writes all of it.
    if (signal === 'SIGKILL') {
      writeGeneric.call(this, false, bytes.subarray(0, bytes.length >> 1), 'buffer', () => {});
    }
    end();
  }
  const result = writeGeneric.call(this, writev, data, encoding, callback);
  point(`after ${call}`);
  return result;
};

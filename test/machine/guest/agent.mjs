// The host's hands in the guest: runs what it is told to, and tells what comes of it. One JSON object
// a line over TCP; bytes are in base64. Usage: agent.mjs HOST PORT
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { createInterface } from 'node:readline';

const [host, port] = process.argv.slice(2);
const socket = connect(Number(port), host);
socket.on('error', () => process.exit(1));
socket.on('close', () => process.exit(0));

const programs = new Map();
const lastValues = new Map();

/** `atMs` is the guest's own clock, which nothing on the way delays. */
function tell(message) {
  socket.write(`${JSON.stringify({ atMs: performance.now(), ...message })}\n`);
}

function run({ id, command }) {
  const child = spawn('bash', ['-c', command], { stdio: ['ignore', 'pipe', 'pipe'] });
  const output = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr']) {
    child[name].setEncoding('utf8').on('data', (text) => {
      output[name] += text;
    });
  }
  child.on('close', (code, signal) => tell({ id, code, signal, ...output }));
}

/** A program that stays: what it prints is told as it comes. `exec`, so that signals reach it. */
function start({ id, program, command }) {
  const child = spawn('bash', ['-c', `exec ${command}`], { stdio: 'pipe' });
  programs.set(program, child);
  for (const stream of ['stdout', 'stderr']) {
    child[stream].on('data', (bytes) => tell({ program, stream, bytes: bytes.toString('base64') }));
  }
  child.stdin.on('error', () => {});
  child.on('close', (code, signal) => tell({ program, ended: { code, signal } }));
  tell({ id, pid: child.pid });
}

/** Looks at the files' text every `everyMs` from now on and tells each change. */
function watch({ id, files, everyMs }) {
  setInterval(() => {
    for (const [file, path] of Object.entries(files)) {
      const value = textOf(path);
      if (lastValues.get(file) === value) continue;
      lastValues.set(file, value);
      tell({ file, value });
    }
  }, everyMs);
  tell({ id });
}

/** Null: it is not there. */
function textOf(path) {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    return null;
  }
}

createInterface({ input: socket }).on('line', (line) => {
  const order = JSON.parse(line);
  switch (order.kind) {
    case 'run':
      return run(order);
    case 'start':
      return start(order);
    case 'say':
      return programs.get(order.program)?.stdin.write(Buffer.from(order.bytes, 'base64'));
    case 'signal':
      return programs.get(order.program)?.kill(order.signal);
    case 'watch':
      return watch(order);
  }
});
tell({ ready: true });

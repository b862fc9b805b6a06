// Loaded into the radio's process with `node --require`: a Bluetooth controller made of messages, in
// the place of the native socket that bleno opens. bleno and our own code above it are the real ones.
// Arguments of the process: a folder and a mood. `air` in the folder is what phones receive now; the
// Unix socket `phone` carries what a phone does, and the packets that it gets.
const { EventEmitter } = require('node:events');
const { renameSync, writeFileSync } = require('node:fs');
const Module = require('node:module');
const net = require('node:net');
const { join } = require('node:path');

const [, , folder, mood] = process.argv;

const command = { disconnect: 0x0406, version: 0x1001, address: 0x1009 };
const lowEnergy = { support: 0x0c6c, buffers: 0x2002 };
const advertising = { parameters: 0x2006, data: 0x2008, scanResponse: 0x2009, enable: 0x200a };
const results = {
  [command.version]: '0900000959000000',
  [command.address]: '010000aa00c0',
  [lowEnergy.support]: '0100',
  [lowEnergy.buffers]: 'fb0008',
};
const HANDLE = mood === 'handle 0' ? 0 : 0x40;

const air = { enabled: false, advert: '', scanResponse: '', interval: 0 };
function showAir() {
  writeFileSync(join(folder, 'air.new'), JSON.stringify({ ...air, pid: process.pid }));
  renameSync(join(folder, 'air.new'), join(folder, 'air'));
}

class ControllerSocket extends EventEmitter {
  bindUser() {
    const code = { busy: 'EBUSY', 'not permitted': 'EPERM', gone: 'ENODEV' }[mood];
    if (code !== undefined) throw Object.assign(new Error(`${code}, bind`), { code });
    this.phone = net.connect(join(folder, 'phone'));
    this.phone.on('error', () => {});
    let text = '';
    this.phone.setEncoding('utf8').on('data', (chunk) => {
      text += chunk;
      const lines = text.split('\n');
      text = lines.pop();
      for (const line of lines) this.phoneDoes(JSON.parse(line));
    });
    return 0;
  }

  bindControl() {}
  start() {}
  setFilter() {}

  event(code, parameters) {
    const body = Buffer.from(parameters, 'hex');
    setImmediate(() => this.emit('data', Buffer.concat([Buffer.of(4, code, body.length), body])));
  }

  complete(opcode, status = '00') {
    const name = Buffer.of(opcode & 0xff, opcode >> 8).toString('hex');
    this.event(0x0e, `01${name}${status}${results[opcode] ?? ''}`);
  }

  handle(flags = 0) {
    return Buffer.of(HANDLE & 0xff, (HANDLE >> 8) | flags).toString('hex');
  }

  write(packet) {
    if (packet[0] === 2) {
      this.phone.write(`${packet.subarray(5).toString('hex')}\n`);
      return this.event(0x13, `01${this.handle()}0100`);
    }
    const opcode = packet.readUInt16LE(1);
    const parameters = packet.subarray(4);
    if (opcode === advertising.parameters) air.interval = parameters.readUInt16LE(0);
    if (opcode === advertising.data)
      air.advert = parameters.subarray(1, 1 + parameters[0]).toString('hex');
    if (opcode === advertising.scanResponse) {
      air.scanResponse = parameters.subarray(1, 1 + parameters[0]).toString('hex');
    }
    if (opcode === advertising.enable) {
      if (parameters[0] === 1 && mood === 'deaf') return undefined;
      if (parameters[0] === 1 && mood === 'refuses') return this.complete(opcode, '0c');
      // As Linux' emulated controller, and some of the real ones, do.
      if (air.enabled === (parameters[0] === 1)) return this.complete(opcode, '0c');
      air.enabled = parameters[0] === 1;
    }
    showAir();
    if (opcode === command.disconnect) return this.disconnected('16');
    return this.complete(opcode);
  }

  disconnected(reason) {
    if (!this.connected) return;
    this.connected = false;
    this.phone.write('"disconnected"\n');
    this.event(0x05, `00${this.handle()}${reason}`);
  }

  phoneDoes(deed) {
    if (deed === 'connect') {
      air.enabled = false;
      this.connected = true;
      showAir();
      return this.event(0x3e, `0100${this.handle()}0100112233445566180000002a0000`);
    }
    if (deed === 'disconnect') return this.disconnected('13');
    const body = Buffer.from(deed, 'hex');
    const head = Buffer.from(`02${this.handle(0x20)}`, 'hex');
    const length = Buffer.of(body.length & 0xff, body.length >> 8);
    const packet = Buffer.concat([head, length, body]);
    return setImmediate(() => this.emit('data', packet));
  }
}

const load = Module._load;
Module._load = function (request, ...rest) {
  if (request === '@abandonware/bluetooth-hci-socket') return ControllerSocket;
  return load.call(this, request, ...rest);
};

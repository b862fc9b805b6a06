import type { Machine, Program, ProgramListener } from './machine.ts';
import { until } from './until.ts';

/** btvirt's first and second controller, which hear each other. */
export const TERMINAL_ADDRESS = '00:AA:01:00:00:00';
export const PHONE_ADDRESS = '00:AA:01:01:00:01';
/** As on a Raspberry Pi 4; the lines of the pin map in hardware/boards.json. */
export const CHIP = 'pinctrl-bcm2711';
export const lightLines = { green: 17, yellow: 27, red: 22 } as const;
export const buttonLines = { pay: 5, cancel: 6 } as const;
export type ButtonName = keyof typeof buttonLines;
/** The two ends of a serial cable: the terminal's, and the device's. */
export const displayPort = '/run/customer-display';
const displayFarEnd = '/run/customer-display-far-end';
export const whiteBoxPort = '/run/register';
const whiteBoxFarEnd = '/run/register-far-end';

const CONTROLLER_TRIES = 5;

/** Bluetooth controllers: hci0, the terminal's, hci1, the phone's, and any more. */
export async function plugInBluetooth(
  machine: Machine,
  controllers = 2,
): Promise<{ tearOut(): Promise<void> }> {
  await machine.run('modprobe hci_vhci');
  for (let attempt = 1; ; attempt += 1) {
    const btvirt = await machine.start('btvirt', `btvirt -L -l${controllers}`);
    const tearOut = async () => {
      btvirt.signal('SIGKILL');
      await btvirt.ended;
    };
    // The first reset of a controller may fail when the processor is busy: it has no address then.
    const answers = (name: string) => `hciconfig ${name} | grep -q 'BD Address: 00:AA'`;
    const all = Array.from({ length: controllers }, (_, n) => answers(`hci${n}`)).join(' && ');
    try {
      await machine.run(`for try in $(seq 50); do ${all} && exit; sleep 0.1; done; exit 1`);
      return { tearOut };
    } catch (error) {
      await tearOut();
      if (attempt === CONTROLLER_TRIES) throw error;
    }
  }
}

/** What `rfkill block bluetooth` and `unblock` do, also to adapters that come later. */
export async function blockBluetooth(machine: Machine, block: boolean): Promise<void> {
  // struct rfkill_event: any index, type Bluetooth, all of them, soft.
  await machine.run(`printf '\\0\\0\\0\\0\\2\\3\\${block ? 1 : 0}\\0' >/dev/rfkill`);
}

/** The usual owner of Bluetooth adapters. */
export async function startBluetoothd(machine: Machine): Promise<{ stop(): Promise<void> }> {
  await machine.run('modprobe bluetooth; mkdir -p /run/dbus && dbus-daemon --system --fork');
  let said = '';
  const daemon = await machine.start('bluetoothd', '/usr/libexec/bluetooth/bluetoothd --nodetach', {
    onBytes(bytes) {
      said += bytes.toString();
    },
  });
  await until(() => {
    if (!said.includes('interface')) throw new Error(`bluetoothd says: ${said}`);
  });
  return {
    async stop() {
      daemon.signal('SIGTERM');
      await daemon.ended;
    },
  };
}

/** A GPIO chip with a Raspberry Pi's name, whose buttons are let go. */
export async function plugInGpio(machine: Machine): Promise<GpioWiring> {
  const config = '/sys/kernel/config/gpio-sim/counter';
  const folder = await machine.run(`set -e
    modprobe gpio-sim
    mkdir -p ${config}/bank0
    echo 28 >${config}/bank0/num_lines
    echo ${CHIP} >${config}/bank0/label
    echo 1 >${config}/live
    cd /sys/devices/platform/$(cat ${config}/dev_name)/$(cat ${config}/bank0/chip_name)
    for line in ${Object.values(buttonLines).join(' ')}; do echo pull-up >sim_gpio$line/pull; done
    echo -n $PWD`);
  const pull = (line: number, how: 'up' | 'down') =>
    machine.run(`echo pull-${how} >${folder}/sim_gpio${line}/pull`);
  return {
    folder,
    lightFiles: Object.fromEntries(
      Object.entries(lightLines).map(([name, line]) => [name, `${folder}/sim_gpio${line}/value`]),
    ),
    async press(button) {
      await pull(buttonLines[button], 'down');
    },
    async release(button) {
      await pull(buttonLines[button], 'up');
    },
  };
}

export interface GpioWiring {
  /** Where gpio-sim shows its lines. */
  folder: string;
  /** Files that hold 0 or 1, one of each light. */
  lightFiles: Record<string, string>;
  press(button: ButtonName): Promise<void>;
  release(button: ButtonName): Promise<void>;
}

/** A serial cable from the terminal to its customer display, and who reads at the far end. */
export async function plugInDisplay(
  machine: Machine,
  onBytes: (bytes: Buffer) => void,
): Promise<{ pullOut(): Promise<void> }> {
  const cable = await startCable(machine, 'display-cable', displayPort, displayFarEnd);
  await machine.start('display', `cat ${displayFarEnd}`, {
    onBytes: (bytes, stream) => {
      if (stream === 'stdout') onBytes(bytes);
    },
  });
  return {
    async pullOut() {
      cable.signal('SIGKILL');
      await cable.ended;
      // A pulled adapter takes its device node along.
      await machine.run(`rm -f ${displayPort} ${displayFarEnd}`);
    },
  };
}

/** A serial cable between the terminal and a register made for the white box. */
export async function plugInRegister(
  machine: Machine,
): Promise<{ ask(question: string): Promise<string> }> {
  await startCable(machine, 'register-cable', whiteBoxPort, whiteBoxFarEnd);
  return {
    async ask(question) {
      const answer = await machine.run(`set -e
        exec 3<>${whiteBoxFarEnd}
        printf '${question}\\r' >&3
        read -r -t 60 answer <&3
        echo "$answer"`);
      return answer.trim();
    },
  };
}

export async function startCable(
  machine: Machine,
  name: string,
  port: string,
  farEnd: string,
): Promise<Program> {
  const end = (path: string) => `pty,raw,echo=0,link=${path}`;
  const cable = await machine.start(name, `socat ${end(port)} ${end(farEnd)}`);
  await machine.run(`until [ -e ${port} ] && [ -e ${farEnd} ]; do sleep 0.05; done`);
  return cable;
}

/** btmon on every controller; what it records goes through a pipe. */
export async function listen(machine: Machine, onBytes: (bytes: Buffer) => void): Promise<Program> {
  const listener: ProgramListener = {
    onBytes: (bytes, stream) => {
      if (stream === 'stdout') onBytes(bytes);
    },
  };
  await machine.run('mkfifo /run/air');
  const reader = await machine.start('air', 'cat /run/air', listener);
  await machine.start('btmon', 'btmon -w /run/air >/dev/null');
  return reader;
}

import { execFileSync, spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { freePort, type Mosquitto, mosquittoAvailable, runMosquitto } from '../mqtt/mosquitto.ts';

const brokerCa = resolve('scripts/broker-ca');

/** What the tests of the templates need: mosquitto, openssl, bash and faketime. */
export const templatesToolsMissing =
  !mosquittoAvailable ||
  ['bash', 'faketime'].some((tool) => spawnSync(tool, ['--version']).status !== 0) ||
  spawnSync('openssl', ['version']).status !== 0;

/** May do everything: whoever watches a test is in nobody's template. */
export const WITNESS = 'witness';

/** How a client is let in: texts in PEM. */
export interface Papers {
  ca: string;
  cert: string;
  key: string;
}

/** A folder as scripts/broker-ca makes it, and what the owner of a shop does with it. */
export class Authority {
  readonly folder: string;

  constructor() {
    this.folder = join(mkdtempSync(join(tmpdir(), 'beacon-broker-ca-')), 'ca');
    this.run(['init']);
    this.run(['server', 'localhost', '127.0.0.1']);
  }

  /** The folder is gone after this. */
  forget(): void {
    rmSync(join(this.folder, '..'), { recursive: true, force: true });
  }

  /** @param wrapper runs the command, such as faketime */
  run(args: string[], wrapper: string[] = [], input = ''): string {
    const [program = '', ...rest] = [...wrapper, brokerCa, '--dir', this.folder, ...args];
    return execFileSync(program, rest, {
      input,
      encoding: 'utf8',
      stdio: ['pipe', 'pipe', 'pipe'],
    });
  }

  read(name: string): string {
    return readFileSync(join(this.folder, name), 'utf8');
  }

  /** Key and certificate for a name, as the key's owner and the authority make them. */
  admit(name: string, signing: { wrapper?: string[]; args?: string[] } = {}): Papers {
    const key = join(this.folder, `client-${name}.key`);
    const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
    const request = execFileSync(
      'openssl',
      ['req', '-new', ...newKey, '-subj', `/CN=${name}`, '-keyout', key],
      { encoding: 'utf8', stdio: ['pipe', 'pipe', 'pipe'] },
    );
    const cert = this.run([...(signing.args ?? []), 'sign'], signing.wrapper, request);
    return { ca: this.read('ca.pem'), cert, key: readFileSync(key, 'utf8') };
  }
}

/** How a shop's broker is let in at head office. */
export interface Bridge {
  /** Of head office's broker, on this machine. */
  port: number;
  papers: Papers;
}

export interface TemplateBroker extends Mosquitto {
  /** `mqtts://localhost:…` */
  url: string;
  authority: Authority;
  /** As the templates are installed on a Debian. */
  folder: string;
  /** Puts the authority's newest revocation list where the broker reads it. */
  installRevocations(): void;
}

/**
 * A Mosquitto that runs from the very files of docs/broker: only folders and the port are replaced,
 * and the rights of a witness are added. When it is destroyed the authority is forgotten with it.
 * @param options.bridge makes it a shop's broker, with a line to head office
 */
export async function startTemplateBroker(
  authority: Authority,
  { acl = 'beacon.acl', bridge }: { acl?: string; bridge?: Bridge } = {},
): Promise<TemplateBroker> {
  const port = await freePort();
  const folder = mkdtempSync(join(tmpdir(), 'beacon-broker-'));
  const replaced = {
    '/etc/mosquitto/': `${folder}/`,
    'listener 8883': `listener ${port}`,
    'mqtt.example.com:8883': `localhost:${bridge?.port ?? 0}`,
  };
  const template = (name: string) => {
    let text = readFileSync(resolve('docs/broker', name), 'utf8');
    for (const [example, real] of Object.entries(replaced)) text = text.replaceAll(example, real);
    return text;
  };
  for (const name of ['certs', 'conf.d', 'stored']) mkdirSync(join(folder, name));
  // Debian's own file, with the places of this folder.
  writeFileSync(
    join(folder, 'mosquitto.conf'),
    `user root
persistence true
persistence_location ${folder}/stored/
log_dest file ${folder}/mosquitto.log
include_dir ${folder}/conf.d
`,
  );
  for (const name of ['beacon.conf', ...(bridge === undefined ? [] : ['bridge.conf'])]) {
    writeFileSync(join(folder, 'conf.d', name), template(name));
  }
  if (bridge !== undefined) {
    writeFileSync(join(folder, 'certs/head-office-ca.pem'), bridge.papers.ca);
    writeFileSync(join(folder, 'certs/bridge.pem'), bridge.papers.cert);
    writeFileSync(join(folder, 'certs/bridge.key'), bridge.papers.key);
  }
  writeFileSync(
    join(folder, 'beacon.acl'),
    `${template(acl)}\nuser ${WITNESS}\ntopic readwrite beacon/#\ntopic readwrite other/#\n`,
  );
  const install = (name: string) =>
    copyFileSync(join(authority.folder, name), join(folder, 'certs', name));
  for (const name of ['ca.pem', 'crl.pem', 'server.pem', 'server.key']) install(name);
  const broker = await runMosquitto(folder, port);
  return {
    ...broker,
    get pid() {
      return broker.pid;
    },
    url: `mqtts://localhost:${port}`,
    authority,
    folder,
    installRevocations: () => install('crl.pem'),
    async destroy() {
      await broker.destroy();
      authority.forget();
    },
  };
}

import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const openssl = process.env['OPENSSL'] ?? 'openssl';
export const opensslAvailable = spawnSync(openssl, ['version']).error === undefined;

function run(args: string[]): void {
  const { status, stderr } = spawnSync(openssl, args);
  if (status !== 0) throw new Error(`openssl ${args[0]}: ${String(stderr)}`);
}

const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
/** As `openssl ca` wants it: YYYYMMDDHHMMSSZ. */
const dateText = (date: Date) => `${date.toISOString().replaceAll(/[-:T]/g, '').slice(0, 14)}Z`;
const inDays = (days: number) => new Date(Date.now() + days * 86_400_000);

export interface Certificate {
  cert: string;
  key: string;
}

/** An authority with files in a folder: it signs certificates of any dates. */
export function makeAuthority(folder: string) {
  mkdirSync(folder, { recursive: true });
  const file = (name: string) => join(folder, name);
  const [cert, key] = [file('ca.pem'), file('ca.key')];
  run([
    'req',
    '-x509',
    ...newKey,
    '-subj',
    '/CN=Shop CA',
    '-days',
    '90',
    '-keyout',
    key,
    '-out',
    cert,
  ]);
  writeFileSync(file('index.txt'), '');
  writeFileSync(
    file('ca.conf'),
    `[ca]
default_ca = shop
[shop]
database = ${file('index.txt')}
new_certs_dir = ${folder}
certificate = ${cert}
private_key = ${key}
rand_serial = yes
unique_subject = no
default_md = sha256
policy = any
copy_extensions = copy
[any]
commonName = supplied
`,
  );
  return {
    cert,
    /** For a name, from and to so many days from now. */
    issue(name: string, { from = -2, to = 90, san = '' } = {}): Certificate {
      const issued = { cert: file(`${name}.pem`), key: file(`${name}.key`) };
      const request = file(`${name}.csr`);
      const names = san === '' ? [] : ['-addext', `subjectAltName=${san}`];
      run([
        'req',
        '-new',
        ...newKey,
        '-subj',
        `/CN=${name}`,
        ...names,
        '-keyout',
        issued.key,
        '-out',
        request,
      ]);
      run([
        ...[
          'ca',
          '-batch',
          '-notext',
          '-config',
          file('ca.conf'),
          '-in',
          request,
          '-out',
          issued.cert,
        ],
        ...['-startdate', dateText(inDays(from)), '-enddate', dateText(inDays(to))],
      ]);
      return issued;
    },
  };
}
export type Authority = ReturnType<typeof makeAuthority>;

import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createAuthority, opensslProblem } from './certificates.js';
import { freePort } from './emulators/free-port.js';
import { eventually } from './process.js';
import { programProblem } from './programs.js';

/** A real OpenLDAP server with an empty directory of its own. */
export interface Slapd {
  readonly port: number;
  /** `ldap://127.0.0.1:…`, with StartTLS where there is TLS. */
  readonly url: string;
  /** `ldaps://127.0.0.1:…`; nobody listens there without TLS. */
  readonly secureUrl: string;
  /** The authority that vouches for 127.0.0.1 and localhost; empty without TLS. */
  readonly caCertificate: string;
  readonly baseDn: string;
  readonly adminDn: string;
  readonly adminPassword: string;
  /** Adds entries in LDIF, as whoever keeps the directory would; or changes them, where LDIF says so. */
  apply(ldif: string): void;
  /** Ends the server at once; what it has stays. */
  kill(): Promise<void>;
  /** Starts it again on the same ports. */
  start(): Promise<void>;
  stop(): Promise<void>;
}

const baseDn = 'dc=example,dc=com';
const adminDn = `cn=admin,${baseDn}`;
const adminPassword = 'the-directory-admin';
const slapd = '/usr/sbin/slapd';
const modules = '/usr/lib/ldap';

/** Why there can be no slapd here; undefined when there can. */
export function slapdProblem(): string | undefined {
  if (!existsSync(slapd) || !existsSync(join(modules, 'memberof.so'))) {
    return 'there is no slapd of Debian';
  }
  return programProblem('ldapmodify') ?? opensslProblem();
}

/** Starts a slapd on free ports of this machine, with `memberOf` and password policies. */
export async function startSlapd(options: { tls: 'on' | 'off' } = { tls: 'on' }): Promise<Slapd> {
  const home = await mkdtemp(join(tmpdir(), 'granary-slapd-'));
  const [port, securePort] = await Promise.all([freePort(), freePort()]);
  const url = `ldap://127.0.0.1:${port}`;
  const secureUrl = `ldaps://127.0.0.1:${securePort}`;
  const authority = options.tls === 'on' ? createAuthority(home, ['IP:127.0.0.1', 'DNS:localhost']) : undefined;
  await mkdir(join(home, 'data'));
  await writeFile(join(home, 'slapd.conf'), configuration(home, authority));

  const listeners = authority === undefined ? url : `${url} ${secureUrl}`;
  let child = undefined as ReturnType<typeof spawn> | undefined;
  const start = async (): Promise<void> => {
    const args = ['-h', listeners, '-f', join(home, 'slapd.conf'), '-d', '0'];
    child = spawn(slapd, args, { stdio: ['ignore', 'ignore', 'inherit'] });
    await eventually(() => answers(port), 20_000);
  };
  const kill = async (): Promise<void> => {
    if (child?.exitCode === null && child.signalCode === null) {
      const ended = once(child, 'exit');
      child.kill('SIGKILL');
      await ended;
    }
  };
  const apply = (ldif: string): void => {
    const args = ['-a', '-x', '-H', url, '-D', adminDn, '-w', adminPassword];
    execFileSync('ldapmodify', args, { input: ldif, stdio: ['pipe', 'ignore', 'pipe'] });
  };
  await start();
  apply(`dn: ${baseDn}\nobjectClass: dcObject\nobjectClass: organization\no: Example\ndc: example\n`);
  return {
    ...{ port, url, secureUrl, caCertificate: authority?.certificate ?? '', baseDn, adminDn, adminPassword },
    ...{ apply, kill, start },
    stop: async () => {
      await kill();
      await rm(home, { recursive: true, force: true });
    },
  };
}

function configuration(home: string, authority: { caFile: string; certFile: string; keyFile: string } | undefined) {
  const schemas = ['core', 'cosine', 'nis', 'inetorgperson'];
  return [
    ...schemas.map((name) => `include /etc/ldap/schema/${name}.schema`),
    `pidfile ${home}/slapd.pid`,
    `modulepath ${modules}`,
    ...['back_mdb', 'memberof', 'ppolicy'].map((name) => `moduleload ${name}.so`),
    ...(authority === undefined
      ? []
      : [
          `TLSCACertificateFile ${authority.caFile}`,
          `TLSCertificateFile ${authority.certFile}`,
          `TLSCertificateKeyFile ${authority.keyFile}`,
        ]),
    'database mdb',
    `suffix "${baseDn}"`,
    `rootdn "${adminDn}"`,
    `rootpw ${adminPassword}`,
    `directory ${home}/data`,
    'maxsize 67108864',
    // A test's directory need not survive the machine.
    'dbnosync',
    'index objectClass,uid,member,memberUid eq',
    // Who may see entries must be somebody; passwords are only compared.
    'access to attrs=userPassword by anonymous auth by * none',
    'access to * by users read by anonymous auth',
    'overlay memberof',
    'overlay ppolicy',
    '',
  ].join('\n');
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    const say = (answer: boolean) => () => {
      socket.destroy();
      resolve(answer);
    };
    socket.once('connect', say(true)).once('error', say(false));
  });
}

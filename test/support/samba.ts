import { execFile, spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { createAuthority, opensslProblem } from './certificates.js';
import { eventually } from './process.js';
import { programProblem } from './programs.js';

/** A real domain controller of Active Directory, by Samba. */
export interface Samba {
  /** `ldap://…`, with StartTLS. */
  readonly url: string;
  readonly secureUrl: string;
  readonly caCertificate: string;
  readonly baseDn: string;
  /** What stands behind the @ in names to sign in with. */
  readonly domain: string;
  readonly adminName: string;
  readonly adminPassword: string;
  /** Adds or changes entries in LDIF. */
  apply(ldif: string): Promise<void>;
  stop(): Promise<void>;
}

const run = promisify(execFile);
const domain = 'ad.example.test';
const baseDn = 'DC=ad,DC=example,DC=test';
const adminName = `Administrator@${domain}`;
const adminPassword = 'Passw0rd-of-the-admin';
const provisionLimitMs = 120_000;

/** Why there can be no domain controller here; undefined when there can. */
export function sambaProblem(): string | undefined {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) {
    return 'needs root on Linux, as its ports are fixed';
  }
  return programProblem('samba') ?? programProblem('samba-tool') ?? programProblem('ldapmodify') ?? opensslProblem();
}

/** Makes a domain and starts its controller, on an address of this machine that nobody else uses. */
export async function startSamba(): Promise<Samba> {
  const home = await mkdtemp(join(tmpdir(), 'granary-samba-'));
  const host = `127.${randomInt(64, 128)}.${randomInt(1, 255)}.${randomInt(1, 255)}`;
  const authority = createAuthority(home, [`IP:${host}`]);
  await provision(home, host);
  await mkdir(join(home, 'run'));
  const options = [
    ...['server services=ldap', `interfaces=${host}/8`, 'bind interfaces only=yes', 'tls enabled=yes'],
    ...[`tls certfile=${authority.certFile}`, `tls keyfile=${authority.keyFile}`, `tls cafile=${authority.caFile}`],
    ...[`pid directory=${home}/run`, `ncalrpc dir=${home}/run/ncalrpc`, `log file=${home}/log`, 'logging=file'],
  ];
  const args = ['-i', '-M', 'single', `--configfile=${home}/dc/etc/smb.conf`];
  const child = spawn('samba', [...args, ...options.map((option) => `--option=${option}`)], { stdio: 'ignore' });
  const secureUrl = `ldaps://${host}`;
  const stop = async (): Promise<void> => {
    if (child.exitCode === null && child.signalCode === null) {
      const ended = once(child, 'exit');
      child.kill('SIGKILL');
      await ended;
    }
    await rm(home, { recursive: true, force: true });
  };
  try {
    await eventually(() => answers(host), 60_000);
  } catch (error) {
    const log = await readFile(join(home, 'log'), 'utf8').catch(() => 'nothing');
    await stop();
    throw new Error(`Samba does not answer; it logged: ${log}`, { cause: error });
  }
  return {
    ...{ url: `ldap://${host}`, secureUrl, caCertificate: authority.certificate, baseDn, domain },
    ...{ adminName, adminPassword, stop },
    apply: async (ldif) => {
      const bind = ['-x', '-H', secureUrl, '-D', adminName, '-w', adminPassword];
      const applying = run('ldapmodify', ['-a', ...bind], {
        env: { ...process.env, LDAPTLS_CACERT: authority.caFile },
      });
      applying.child.stdin?.end(ldif);
      await applying;
    },
  };
}

async function provision(home: string, host: string): Promise<void> {
  const names = ['--realm=AD.EXAMPLE.TEST', '--domain=EXAMPLE', '--host-name=dc1', `--host-ip=${host}`];
  const how = ['--server-role=dc', '--dns-backend=NONE', `--adminpass=${adminPassword}`, `--targetdir=${home}/dc`];
  await run('samba-tool', ['domain', 'provision', ...names, ...how], { timeout: provisionLimitMs });
}

function answers(host: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(636, host);
    const say = (answer: boolean) => () => {
      socket.destroy();
      resolve(answer);
    };
    socket.once('connect', say(true)).once('error', say(false));
  });
}

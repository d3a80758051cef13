import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LdapDirectory } from '../../../src/auth/ldap/ldap-directory.js';
import type { LdapSettings } from '../../../src/auth/ldap/ldap-settings.js';
import { createAuthority } from '../../support/certificates.js';
import { people } from '../../support/directory-people.js';
import { testUnless } from '../../support/programs.js';
import { RecordingProxy } from '../../support/recording-proxy.js';
import { type Slapd, slapdProblem, startSlapd } from '../../support/slapd.js';
import { settingsFor } from './ldap-fixture.js';

const problem = slapdProblem();
const opened: LdapDirectory[] = [];
let slapd: Slapd;
let proxy: RecordingProxy;

beforeAll(async () => {
  if (problem === undefined) {
    slapd = await startSlapd();
    slapd.apply(people(slapd.baseDn));
    proxy = await RecordingProxy.before(slapd.port);
  }
});

beforeEach(() => {
  if (proxy !== undefined) {
    Object.assign(proxy, { received: Buffer.alloc(0), connections: 0, mode: 'pass' });
  }
});

afterAll(async () => {
  for (const directory of opened) {
    directory.close();
  }
  await proxy?.close();
  await slapd?.stop();
});

function signIn(changes: Partial<LdapSettings>, password = 'ann-password') {
  const directory = new LdapDirectory(settingsFor(slapd, changes));
  opened.push(directory);
  return directory.authenticate('ann', password);
}

const found = { user: { username: 'ann' } };
const through = (): string => `ldap://127.0.0.1:${proxy.port}`;

testUnless(problem, 'StartTLS protects all that follows: no password and no name is on the wire', async () => {
  expect(await signIn({ urls: [through()] })).toMatchObject(found);
  expect(proxy.connections).toBeGreaterThan(0);
  for (const secret of ['ann-password', 'reader-password', 'ann', 'cn=reader']) {
    expect(proxy.received.includes(secret)).toBe(false);
  }
});

testUnless(problem, 'LDAPS works by address and by name', async () => {
  expect(await signIn({ urls: [slapd.secureUrl] })).toMatchObject(found);
  expect(await signIn({ urls: [slapd.secureUrl.replace('127.0.0.1', 'localhost')] })).toMatchObject(found);
  expect(await signIn({ urls: [slapd.secureUrl], serverName: 'localhost' })).toMatchObject(found);
});

testUnless(problem, 'only who asks for it sends passwords in the clear', async () => {
  expect(await signIn({ urls: [through()], transport: 'CLEARTEXT' })).toMatchObject(found);
  expect(proxy.received.includes('ann-password')).toBe(true);
});

testUnless(problem, 'a server with the wrong name, or that nobody vouches for, gets no password', async () => {
  const elsewhere = mkdtempSync(join(tmpdir(), 'granary-authority-'));
  const { certificate } = createAuthority(elsewhere, ['DNS:localhost']);
  rmSync(elsewhere, { recursive: true });
  for (const url of [through(), slapd.secureUrl]) {
    await expect(signIn({ urls: [url], serverName: 'directory.example.com' })).rejects.toMatchObject({
      problem: 'TLS',
    });
    await expect(signIn({ urls: [url], caCertificates: certificate })).rejects.toMatchObject({ problem: 'TLS' });
    await expect(signIn({ urls: [url], caCertificates: null })).rejects.toMatchObject({ problem: 'TLS' });
  }
  expect(proxy.received.includes('password')).toBe(false);
});

testUnless(problem, 'a server that is away is passed over, and left alone for a while', async () => {
  const gone = await RecordingProxy.before(slapd.port);
  const port = gone.port;
  await gone.close();
  const urls = [`ldap://127.0.0.1:${port}`, through()];
  expect(await signIn({ urls })).toMatchObject(found);
  await expect(signIn({ urls: urls.slice(0, 1) })).rejects.toMatchObject({ problem: 'UNREACHABLE' });
});

testUnless(problem, 'a server that says nothing is given up in time', async () => {
  proxy.mode = 'silent';
  const start = performance.now();
  const limits = { connectTimeoutMs: 300, operationTimeoutMs: 300 };
  await expect(signIn({ urls: [through()], ...limits })).rejects.toMatchObject({ problem: 'TIMEOUT' });
  await expect(signIn({ urls: [through()], ...limits, transport: 'CLEARTEXT' })).rejects.toMatchObject({
    problem: 'TIMEOUT',
  });
  expect(performance.now() - start).toBeLessThan(5000);
  expect(await signIn({ urls: [through(), slapd.secureUrl], ...limits })).toMatchObject(found);
});

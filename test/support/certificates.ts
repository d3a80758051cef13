import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { programProblem } from './programs.js';

/** An authority of a test's own, and a server that it vouches for. */
export interface Authority {
  /** In PEM form. */
  certificate: string;
  caFile: string;
  certFile: string;
  keyFile: string;
}

/** Why no certificates can be made here; undefined when they can. */
export function opensslProblem(): string | undefined {
  return programProblem('openssl');
}

/** Makes both in a directory; the names are such as `DNS:localhost`, `IP:127.0.0.1`. */
export function createAuthority(directory: string, names: string[]): Authority {
  const [caFile, caKey, request, certFile, keyFile, extensions] = [
    ...['ca.pem', 'ca.key', 'server.csr', 'server.pem', 'server.key', 'server.ext'].map((name) =>
      join(directory, name),
    ),
  ] as [string, string, string, string, string, string];
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  const run = (...args: string[]): void => {
    execFileSync('openssl', args, { stdio: ['ignore', 'ignore', 'pipe'] });
  };
  run('req', '-x509', ...curve, '-keyout', caKey, '-out', caFile, '-days', '2', '-subj', '/CN=Authority of a test');
  run('req', ...curve, '-keyout', keyFile, '-out', request, '-subj', '/CN=server of a test');
  writeFileSync(extensions, `subjectAltName=${names.join(',')}\n`);
  const signing = ['-CA', caFile, '-CAkey', caKey, '-CAcreateserial', '-extfile', extensions, '-days', '2'];
  run('x509', '-req', '-in', request, '-out', certFile, ...signing);
  return { certificate: readFileSync(caFile, 'utf8'), caFile, certFile, keyFile };
}

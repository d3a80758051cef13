import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { programProblem } from '../programs.js';
import { type Emulator, startEmulator } from './emulator.js';

const MODULE = 'github.com/fsouza/fake-gcs-server@v1.56.1';
const DIRECTORY = join(tmpdir(), 'granary-emulators');
const PROGRAM = join(DIRECTORY, 'fake-gcs-server');

/** Why fake-gcs-server cannot be run; undefined when it is there now. It is built once, where there is Go. */
export function fakeGcsServerProblem(): string | undefined {
  if (existsSync(PROGRAM)) return undefined;
  const missing = programProblem('go');
  if (missing !== undefined) return `${missing} to build fake-gcs-server with`;
  mkdirSync(DIRECTORY, { recursive: true });
  try {
    const { PATH, GOPROXY, GOFLAGS, GOMODCACHE, GOCACHE } = process.env;
    const env = { PATH, HOME: homedir(), GOBIN: DIRECTORY, GOPROXY, GOFLAGS, GOMODCACHE, GOCACHE };
    execFileSync('go', ['install', MODULE], { stdio: 'ignore', env, timeout: 300_000 });
    return undefined;
  } catch {
    return 'Go cannot build fake-gcs-server here';
  }
}

/** Google Cloud Storage, in memory, with one bucket. */
export async function startFakeGcsServer(bucket: string): Promise<Emulator> {
  const emulator = await startEmulator({
    command: PROGRAM,
    args: ({ port }) => [
      ...['-scheme', 'http', '-host', '127.0.0.1', '-port', String(port)],
      ...['-backend', 'memory', '-log-level', 'error'],
    ],
  });
  const response = await fetch(`${emulator.url}/storage/v1/b`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ name: bucket }),
  });
  if (!response.ok) throw new Error(`The bucket was not made: ${response.status}`);
  return emulator;
}

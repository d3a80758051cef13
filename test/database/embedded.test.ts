import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Client } from 'pg';
import { startEmbeddedPostgres } from '../../src/database/embedded.js';
import { temporaryDirectory } from '../support/directory.js';
import { eventually, TestProcess } from '../support/process.js';

const log = { debug: () => undefined, error: () => undefined };
const parameters = { fsync: 'off' };

async function ask(url: string, sql: string): Promise<unknown> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query({ text: sql, rowMode: 'array' });
    return rows[0]?.[0];
  } finally {
    await client.end();
  }
}

function owner(dataDir: string): TestProcess {
  return new TestProcess(['test/database/own-postgres.mjs', dataDir]);
}

async function postmasterPid(dataDir: string): Promise<number> {
  return Number((await readFile(join(dataDir, 'postgres', 'postmaster.pid'), 'utf8')).split('\n')[0]);
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

test('a second start finds the data of the first', async () => {
  await using directory = await temporaryDirectory();
  const options = { dataDir: directory.path, log, parameters };
  const first = await startEmbeddedPostgres(options);
  await ask(first.url, 'CREATE TABLE kept AS SELECT 42 AS answer');
  await first.stop();
  await expect(stat(join(directory.path, 'postgres', 'postmaster.pid'))).rejects.toThrow('ENOENT');

  const second = await startEmbeddedPostgres(options);
  expect(await ask(second.url, 'SELECT answer FROM kept')).toBe(42);
  await second.stop();
});

test('the database is UTF-8 with checksums, opens only with the password, and listens on no port', async () => {
  await using directory = await temporaryDirectory();
  const postgres = await startEmbeddedPostgres({ dataDir: directory.path, log, parameters });
  try {
    const passwordFile = await stat(join(directory.path, 'keys', 'postgres-password'));
    expect(passwordFile.mode & 0o777).toBe(0o600);
    expect(await ask(postgres.url, 'SHOW server_encoding')).toBe('UTF8');
    expect(await ask(postgres.url, 'SHOW data_checksums')).toBe('on');
    expect(await ask(postgres.url, 'SHOW listen_addresses')).toBe('');
    await expect(ask(postgres.url.replace(/:[^:@]+@/, ':wrong@'), 'SELECT 1')).rejects.toThrow(
      'password authentication failed',
    );
  } finally {
    await postgres.stop();
  }
});

test('a path too long for a socket, with a blank and an umlaut in it, works', async () => {
  await using directory = await temporaryDirectory();
  const dataDir = join(directory.path, 'a long näme '.repeat(10));
  const postgres = await startEmbeddedPostgres({ dataDir, log, parameters });
  const socketDirectory = String(await ask(postgres.url, 'SHOW unix_socket_directories'));
  await postgres.stop();
  await expect(stat(socketDirectory)).rejects.toThrow('ENOENT');
});

test('a second granary on the same directory is refused while the first one lives', async () => {
  await using directory = await temporaryDirectory();
  const first = owner(directory.path);
  await first.prints(/^url/m);
  await expect(startEmbeddedPostgres({ dataDir: directory.path, log, parameters })).rejects.toThrow(
    `Another granary (process ${first.child.pid}) works on this data directory`,
  );
  first.signalGroup('SIGTERM');
  expect(await first.exited).toBe(0);
});

test('when its owner is killed PostgreSQL ends by itself, and the next start finds the data', async () => {
  await using directory = await temporaryDirectory();
  const first = owner(directory.path);
  const url = (await first.prints(/^url (.*)$/m))[1] ?? '';
  await ask(url, 'CREATE TABLE kept AS SELECT 42 AS answer');
  const pid = await postmasterPid(directory.path);
  first.signalGroup('SIGKILL');
  await first.exited;

  const second = await startEmbeddedPostgres({ dataDir: directory.path, log, parameters });
  expect(await ask(second.url, 'SELECT answer FROM kept')).toBe(42);
  await eventually(() => !isAlive(pid));
  await second.stop();
});

test('a signal to the terminal’s process group does not reach PostgreSQL', async () => {
  await using directory = await temporaryDirectory();
  const first = owner(directory.path);
  const url = (await first.prints(/^url (.*)$/m))[1] ?? '';
  first.signalGroup('SIGINT');
  expect(await ask(url, 'SELECT 1 FROM pg_sleep(0.2)')).toBe(1);
  first.signalGroup('SIGTERM');
  expect(await first.exited).toBe(0);
  expect(first.output).not.toContain('unexpectedly');
});

describe('a stale postmaster.pid', () => {
  async function stoppedCluster(dataDir: string): Promise<void> {
    await (await startEmbeddedPostgres({ dataDir, log, parameters })).stop();
  }

  async function leavePid(dataDir: string, pid: number): Promise<void> {
    const path = join(dataDir, 'postgres', 'postmaster.pid');
    await writeFile(path, `${pid}\n${join(dataDir, 'postgres')}\n1700000000\n5432\n/tmp\n\n\nready   \n`);
  }

  test('of a process that is gone does not prevent a start', async () => {
    await using directory = await temporaryDirectory();
    await stoppedCluster(directory.path);
    await leavePid(directory.path, 4_000_000);
    const postgres = await startEmbeddedPostgres({ dataDir: directory.path, log, parameters });
    expect(await ask(postgres.url, 'SELECT 1')).toBe(1);
    await postgres.stop();
  });

  test('whose number belongs to another program by now does not prevent a start, nor harm the program', async () => {
    await using directory = await temporaryDirectory();
    await stoppedCluster(directory.path);
    const other = spawn('sleep', ['60']);
    try {
      await leavePid(directory.path, other.pid ?? 0);
      const postgres = await startEmbeddedPostgres({ dataDir: directory.path, log, parameters });
      expect(other.exitCode).toBeNull();
      expect(other.signalCode).toBeNull();
      await postgres.stop();
    } finally {
      other.kill();
      await once(other, 'exit');
    }
  });
});

test('a first start that was cut short is begun again', async () => {
  await using directory = await temporaryDirectory();
  await mkdir(join(directory.path, 'postgres.new', 'base'), { recursive: true });
  await writeFile(join(directory.path, 'postgres.new.password'), 'left over');
  const postgres = await startEmbeddedPostgres({ dataDir: directory.path, log, parameters });
  expect(await ask(postgres.url, 'SELECT 1')).toBe(1);
  await expect(stat(join(directory.path, 'postgres.new.password'))).rejects.toThrow('ENOENT');
  await postgres.stop();
});

test('a lost password file is explained', async () => {
  await using directory = await temporaryDirectory();
  await (await startEmbeddedPostgres({ dataDir: directory.path, log, parameters })).stop();
  await writeFile(join(directory.path, 'keys', 'postgres-password'), '');
  await expect(startEmbeddedPostgres({ dataDir: directory.path, log, parameters })).rejects.toThrow(
    'postgres-password',
  );
});

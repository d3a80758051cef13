import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { S3Client } from '@aws-sdk/client-s3';
import { loadSettings, type Settings } from '../../src/config/settings.js';
import type { Granary, Log } from '../../src/operations/context.js';
import { startGranary } from '../../src/start.js';
import { createTestDatabase } from './database.js';

export interface GraphqlAnswer {
  // biome-ignore lint/suspicious/noExplicitAny: each test knows the shape of what it asked for.
  data?: any;
  errors?: { message: string; path?: (string | number)[]; extensions?: { code?: string } }[];
  extensions?: { cost?: { requested: number; limit: number } };
}

export interface TestServer {
  readonly httpUrl: string;
  readonly s3Url: string;
  readonly granary: Granary;
  readonly settings: Settings;
  readonly adminPassword: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** A client with the administrator's access key. */
  readonly s3: S3Client;
  /** What the server logged as a warning or an error. */
  readonly problems: string[];
  /** Asks as the administrator, unless another token is given; `null` asks without one. */
  graphql(query: string, variables?: object, token?: string | null): Promise<GraphqlAnswer>;
  /** An access token, by default the administrator's (made once). */
  login(username?: string, password?: string, tenant?: string): Promise<string>;
  stop(): Promise<void>;
}

const adminPassword = 'correct-horse-battery';
const accessKeyId = 'TESTROOTKEY';
const secretAccessKey = 'test-root-secret-key';
const loginMutation = 'mutation($input: LoginInput!) { login(input: $input) { accessToken userErrors { message } } }';

/** A whole granary in this process, on free ports, with a database and a directory of its own, without jobs. */
export async function startTestServer(overrides: Partial<Settings> = {}): Promise<TestServer> {
  const database = await createTestDatabase();
  const dataDir = await mkdtemp(join(tmpdir(), 'granary-test-'));
  const problems: string[] = [];
  const cleanUp = async (): Promise<void> => {
    await database.drop();
    await rm(dataDir, { recursive: true, force: true });
  };
  try {
    const settings = { ...testSettings(dataDir, database.url), ...overrides };
    const running = await startGranary(settings, { log: recordProblems(problems), jobs: 'none' });
    return describeServer({ ...running, settings, problems, cleanUp });
  } catch (error) {
    await cleanUp();
    throw error;
  }
}

function testSettings(dataDir: string, databaseUrl: string): Settings {
  return loadSettings({
    GRANARY_HTTP_PORT: '0',
    GRANARY_S3_PORT: '0',
    GRANARY_DATA_DIR: dataDir,
    GRANARY_DATABASE_POOL: '10',
    GRANARY_ADMIN_PASSWORD: adminPassword,
    GRANARY_ROOT_ACCESS_KEY: accessKeyId,
    GRANARY_ROOT_SECRET_KEY: secretAccessKey,
    DATABASE_URL: databaseUrl,
  });
}

interface Parts {
  httpUrl: string;
  s3Url: string;
  granary: Granary;
  settings: Settings;
  problems: string[];
  stop(): Promise<void>;
  cleanUp(): Promise<void>;
}

function describeServer({ httpUrl, s3Url, granary, settings, problems, stop, cleanUp }: Parts): TestServer {
  const s3 = new S3Client({
    endpoint: s3Url,
    region: settings.s3Region,
    forcePathStyle: true,
    credentials: { accessKeyId, secretAccessKey },
    maxAttempts: 1,
  });
  let adminToken: Promise<string> | undefined;
  const login: TestServer['login'] = (username, password, tenant) => {
    if (username !== undefined) {
      return requestToken(httpUrl, { username, password, tenant });
    }
    adminToken ??= requestToken(httpUrl, { username: 'admin', password: adminPassword });
    return adminToken;
  };
  return {
    ...{ httpUrl, s3Url, granary, settings, problems, adminPassword, accessKeyId, secretAccessKey, s3, login },
    graphql: async (query, variables = {}, token) =>
      ask(httpUrl, { query, variables }, token === undefined ? await login() : token),
    stop: async () => {
      s3.destroy();
      await stop();
      await cleanUp();
    },
  };
}

async function requestToken(httpUrl: string, input: object): Promise<string> {
  const { data, errors } = await ask(httpUrl, { query: loginMutation, variables: { input } }, null);
  const token = data?.login?.accessToken;
  if (typeof token !== 'string') {
    throw new Error(`No login: ${JSON.stringify(errors ?? data)}`);
  }
  return token;
}

async function ask(httpUrl: string, request: object, token: string | null): Promise<GraphqlAnswer> {
  const response = await fetch(`${httpUrl}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(token === null ? {} : { authorization: `Bearer ${token}` }) },
    body: JSON.stringify(request),
  });
  return (await response.json()) as GraphqlAnswer;
}

function recordProblems(problems: string[]): Log {
  const record = (facts: object, message: string): void => {
    problems.push(`${message} ${JSON.stringify(facts, errorsAsText)}`);
  };
  return { debug: () => undefined, info: () => undefined, warn: record, error: record };
}

function errorsAsText(_key: string, value: unknown): unknown {
  return value instanceof Error ? (value.stack ?? value.message) : value;
}

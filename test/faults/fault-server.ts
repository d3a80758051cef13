import { S3Client } from '@aws-sdk/client-s3';
import { TestProcess } from '../support/process.js';

/** What the first start makes, for whoever asks later. */
export const credentials = {
  GRANARY_ADMIN_PASSWORD: 'correct-horse-battery',
  GRANARY_ROOT_ACCESS_KEY: 'TESTROOTKEY',
  GRANARY_ROOT_SECRET_KEY: 'test-root-secret-key',
};

/** Where a granary that runs just now is found. */
export interface Faces {
  httpUrl: string;
  s3Url: string;
}

const loginMutation = 'mutation($input: LoginInput!) { login(input: $input) { accessToken } }';

/**
 * A client that tries each request once, so that every answer is seen; on a connection of its own, for one that the
 * server has closed meanwhile because nothing came would look like a request without an answer.
 */
export function openS3(s3Url: string): S3Client {
  const { GRANARY_ROOT_ACCESS_KEY: accessKeyId, GRANARY_ROOT_SECRET_KEY: secretAccessKey } = credentials;
  return new S3Client({
    endpoint: s3Url,
    region: 'us-east-1',
    forcePathStyle: true,
    credentials: { accessKeyId, secretAccessKey },
    maxAttempts: 1,
    requestHandler: { requestTimeout: 90_000, httpAgent: { keepAlive: false } },
  });
}

/** An access token of the administrator. */
export async function signIn({ httpUrl }: Faces): Promise<string> {
  const input = { username: 'admin', password: credentials.GRANARY_ADMIN_PASSWORD };
  const response = await fetch(`${httpUrl}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query: loginMutation, variables: { input } }),
  });
  const { data } = (await response.json()) as { data: { login: { accessToken: string } } };
  return data.login.accessToken;
}

/** The built server as people run it: a process of its own, with its background work. */
export class FaultServer implements AsyncDisposable, Faces {
  readonly process: TestProcess;
  readonly httpUrl: string;
  readonly s3Url: string;

  private constructor(process: TestProcess, { httpUrl, s3Url }: Faces) {
    this.process = process;
    this.httpUrl = httpUrl;
    this.s3Url = s3Url;
  }

  /** Starts on the data of GRANARY_DATA_DIR; fails with all that the program printed when it ends instead. */
  static async start(env: NodeJS.ProcessEnv, program = 'dist/src/main.js'): Promise<FaultServer> {
    const process = new TestProcess([program], {
      env: { GRANARY_HTTP_PORT: '0', GRANARY_S3_PORT: '0', GRANARY_LOG_LEVEL: 'error', ...credentials, ...env },
    });
    try {
      await process.prints(/Press Ctrl-C/);
      const [, httpUrl = ''] = await process.prints(/GraphQL +(http:\S+)\/graphql/);
      const [, s3Url = ''] = await process.prints(/S3 +(http:\S+)/);
      return new FaultServer(process, { httpUrl, s3Url });
    } catch (error) {
      await process.dispose();
      throw error;
    }
  }

  get pid(): number {
    return this.process.child.pid ?? 0;
  }

  get isRunning(): boolean {
    return this.process.child.exitCode === null && this.process.child.signalCode === null;
  }

  async kill(): Promise<void> {
    this.process.signalGroup('SIGKILL');
    await this.process.exited;
  }

  /** Ends as after Ctrl-C; fails when it does not end well. */
  async stop(): Promise<void> {
    this.process.signalGroup('SIGINT');
    const code = await this.process.exited;
    if (code !== 0) {
      throw new Error(`The server ended with ${code}:\n${this.process.output}`);
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.process.dispose();
  }
}

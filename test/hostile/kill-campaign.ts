import { setTimeout as delay } from 'node:timers/promises';
import { sendSigned } from '../s3/raw-request.js';
import { TestProcess } from '../support/process.js';
import { type Faces, KillClient, readDigest } from './kill-client.js';
import { KillLedger } from './kill-ledger.js';
import { SeededRandom } from './seeded-random.js';

export const credentials = {
  GRANARY_ADMIN_PASSWORD: 'correct-horse-battery',
  GRANARY_ROOT_ACCESS_KEY: 'TESTROOTKEY',
  GRANARY_ROOT_SECRET_KEY: 'test-root-secret-key',
};

const clients = 5;
const readers = 4;
const login = 'mutation($input: LoginInput!) { login(input: $input) { accessToken } }';

/** A server that is started, worked with and killed, again and again, on the same data. */
export class KillCampaign {
  readonly ledger = new KillLedger();
  kills = 0;
  readonly #env: NodeJS.ProcessEnv;
  readonly #random: SeededRandom;
  readonly #clients: KillClient[];
  #token: string | undefined;

  constructor({ env, seed }: { env: NodeJS.ProcessEnv; seed: number }) {
    this.#env = { GRANARY_HTTP_PORT: '0', GRANARY_S3_PORT: '0', GRANARY_GC_GRACE: '1', ...credentials, ...env };
    this.#random = new SeededRandom(seed);
    this.#clients = Array.from({ length: clients }, (_, index) => {
      const random = new SeededRandom(seed + index + 1);
      return new KillClient(`client-${index}`, { ledger: this.ledger, random });
    });
  }

  /** Answers that clients got from a living server, and should not have got. */
  get surprises(): string[] {
    return this.#clients.flatMap((client) => client.surprises);
  }

  /** Starts the server, checks what was promised before, lets the clients work, and kills it in the middle of that. */
  async round(): Promise<void> {
    const server = this.#start();
    try {
      const faces = await this.#facesOf(server);
      await this.verify(faces);
      let dead = false;
      const work = this.#clients.map((client) => client.work(faces, () => dead));
      await delay(this.#random.between(50, 700));
      dead = true;
      await this.#kill(server);
      await Promise.all(work);
    } finally {
      await server.dispose();
    }
  }

  /** Kills a server that is still starting. */
  async roundOfStarting(): Promise<void> {
    const server = this.#start();
    try {
      await delay(this.#random.between(50, 1500));
      await this.#kill(server);
    } finally {
      await server.dispose();
    }
  }

  /** Reads every key that was ever written. */
  async verify(faces: Faces): Promise<void> {
    const keys = this.ledger.keys().values();
    const reader = async () => {
      for (const key of keys) {
        this.ledger.judge(key, await readDigest(faces, key));
      }
    };
    await Promise.all(Array.from({ length: readers }, reader));
  }

  /** Both faces of a server at these addresses, and the bucket. */
  async open(httpUrl: string, s3Url: string): Promise<Faces> {
    this.#token ??= await signIn(httpUrl);
    const { GRANARY_ROOT_ACCESS_KEY: accessKeyId, GRANARY_ROOT_SECRET_KEY: secretAccessKey } = credentials;
    const faces = { httpUrl, s3Url, accessKeyId, secretAccessKey, token: this.#token };
    const created = await sendSigned(faces, { method: 'PUT', path: '/bucket' });
    if (created.status !== 200 && created.code !== 'BucketAlreadyOwnedByYou') {
      throw new Error(`No bucket: ${created.body}`);
    }
    return faces;
  }

  #start(): TestProcess {
    return new TestProcess(['test/hostile/doomed-server.mjs'], { env: this.#env });
  }

  async #facesOf(server: TestProcess): Promise<Faces> {
    const [, httpUrl = '', s3Url = ''] = await server.prints(/listening (\S+) (\S+)\n/);
    return this.open(httpUrl, s3Url);
  }

  async #kill(server: TestProcess): Promise<void> {
    if (server.child.exitCode !== null) {
      throw new Error(`The server ended by itself:\n${server.output}`);
    }
    const { output } = server;
    server.signalGroup('SIGKILL');
    await server.exited;
    this.kills++;
    if (output.includes('ERROR')) {
      throw new Error(`The server had an error before it was killed:\n${output}`);
    }
  }
}

async function signIn(httpUrl: string): Promise<string> {
  const input = { username: 'admin', password: credentials.GRANARY_ADMIN_PASSWORD };
  const response = await fetch(`${httpUrl}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query: login, variables: { input } }),
  });
  const { data } = (await response.json()) as { data: { login: { accessToken: string } } };
  return data.login.accessToken;
}

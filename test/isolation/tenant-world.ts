import { randomUUID } from 'node:crypto';
import { URI as OtpUri, type TOTP } from 'otpauth';
import { type Member, openTenant } from '../hostile/tenant-member.js';
import { sendSigned } from '../s3/raw-request.js';
import type { GraphqlAnswer, TestServer } from '../support/server.js';

export interface Named {
  bucket: string;
  key: string;
  versionId: string;
}

export interface Reply extends GraphqlAnswer {
  requestId: string;
}

/** A user who has signed in. */
export interface Person {
  username: string;
  token: string;
  recoveryCodes: string[];
  /** Of the authenticator, and not used yet. */
  nextCode: string;
}

const password = 'a long enough password';

/** What somebody can have in one tenant, made when it is asked for. All names begin with the tenant's. */
export class TenantWorld {
  readonly server: TestServer;
  readonly tenant: string;
  readonly member: Member;
  #made = 0;
  #lastPerson: Person | undefined;

  private constructor(server: TestServer, tenant: string, member: Member) {
    this.server = server;
    this.tenant = tenant;
    this.member = member;
  }

  static async open(server: TestServer, tenant: string): Promise<TenantWorld> {
    return new TenantWorld(server, tenant, await openTenant(server, tenant));
  }

  /** A name that nothing has yet. */
  name(): string {
    this.#made += 1;
    return `${this.tenant}-${this.#made}-${randomUUID().slice(0, 8)}`;
  }

  /** Asks as the tenant's administrator, or with another token. */
  async ask(query: string, variables: object = {}, token: string | null = this.member.token): Promise<Reply> {
    const response = await fetch(`${this.server.httpUrl}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...(token === null ? {} : { authorization: `Bearer ${token}` }) },
      body: JSON.stringify({ query, variables }),
    });
    const requestId = response.headers.get('x-request-id') ?? '';
    return { ...((await response.json()) as GraphqlAnswer), requestId };
  }

  /** Runs a mutation of the usual form; gives the named fields of its payload. */
  async make(
    mutation: string,
    input: object,
    fields: string,
    how: { token?: string; type?: string } = {},
    // biome-ignore lint/suspicious/noExplicitAny: each caller knows the shape of what it asked for.
  ): Promise<any> {
    const { token, type = `${mutation.charAt(0).toUpperCase()}${mutation.slice(1)}Input` } = how;
    const query = `mutation($input: ${type}!) { answer: ${mutation}(input: $input) { ${fields} userErrors { code message } } }`;
    const { data, errors } = await this.ask(query, { input }, token);
    if (errors !== undefined || data.answer.userErrors.length > 0) {
      throw new Error(`${mutation}: ${JSON.stringify(errors ?? data.answer.userErrors)}`);
    }
    return data.answer;
  }

  async bucket(input: object = {}): Promise<string> {
    const name = this.name();
    await this.make('createBucket', { name, ...input }, 'bucket { name }');
    return name;
  }

  /** An object in a bucket of its own, or in this one. */
  async object(bucket?: string): Promise<Named> {
    const named = { bucket: bucket ?? (await this.bucket({ versioning: 'ENABLED' })), key: this.name() };
    const { status, headers } = await this.s3('PUT', `/${named.bucket}/${named.key}`, `content of ${named.key}`);
    expect(status).toBe(200);
    return { ...named, versionId: String(headers['x-amz-version-id'] ?? 'null') };
  }

  async deletedObject(): Promise<Named> {
    const bucket = await this.bucket();
    await this.make('updateBucket', { bucket, trashSeconds: 3600 }, 'bucket { name }');
    const object = await this.object(bucket);
    await this.make('deleteObject', { bucket, key: object.key }, 'deleteMarker');
    const [row] = await this.sql<{ id: string }>(
      `SELECT lpad(to_hex(id), 16, '0') AS id FROM object_version WHERE key = $1`,
      [object.key],
    );
    return { ...object, versionId: row?.id ?? '' };
  }

  /** The version before the current one of a key. */
  async formerVersion(): Promise<Named> {
    const object = await this.object();
    const [row] = await this.sql<{ id: string }>(
      `SELECT lpad(to_hex(id), 16, '0') AS id FROM object_version WHERE key = $1`,
      [object.key],
    );
    await this.s3('PUT', `/${object.bucket}/${object.key}`, 'a newer version');
    return { bucket: object.bucket, key: object.key, versionId: row?.id ?? '' };
  }

  /** One that waits. */
  async job(): Promise<string> {
    const { bucket } = await this.object();
    return (await this.make('deleteFolder', { bucket, folder: '' }, 'job { id }')).job.id;
  }

  async lockedObject(): Promise<Named> {
    return this.object(await this.bucket({ objectLock: {} }));
  }

  async uploadId({ bucket, key }: { bucket: string; key: string }): Promise<string> {
    const { body } = await this.s3('POST', `/${bucket}/${key}?uploads=`);
    const uploadId = /<UploadId>(.*?)<\/UploadId>/.exec(body)?.[1] ?? '';
    await this.s3('PUT', `/${bucket}/${key}?partNumber=1&uploadId=${uploadId}`, 'a part');
    return uploadId;
  }

  async accessKeyId(): Promise<string> {
    return (await this.make('createAccessKey', {}, 'accessKey { accessKeyId }')).accessKey.accessKeyId;
  }

  async encryptionKey(): Promise<string> {
    const name = this.name();
    await this.make('createEncryptionKey', { name }, 'encryptionKey { name }');
    return name;
  }

  /** Where nobody listens. */
  async notificationTarget(): Promise<string> {
    const input = { name: this.name(), kind: 'WEBHOOK', address: 'http://127.0.0.1:9/' };
    await this.make('createNotificationTarget', input, 'notificationTarget { name }');
    return input.name;
  }

  /** A target with two dead letters. */
  async deadLetters(): Promise<string> {
    const target = await this.notificationTarget();
    await this.sql(
      `INSERT INTO notification_delivery (tenant_id, target_id, bucket_id, key, event_name, body, state, dead_at)
       SELECT tenant_id, id, 1, 'key', 's3:ObjectCreated:Put', '{}', 'DEAD', now()
       FROM notification_target, generate_series(1, 2) WHERE name = $1`,
      [target],
    );
    return target;
  }

  async user(): Promise<string> {
    const username = this.name();
    await this.make('createUser', { username, password }, 'user { username }');
    return username;
  }

  async person(): Promise<Person> {
    const username = await this.user();
    this.#lastPerson = {
      username,
      token: await this.server.login(username, password, this.tenant),
      recoveryCodes: [],
      nextCode: '',
    };
    return this.#lastPerson;
  }

  async personToken(): Promise<string> {
    return (await this.person()).token;
  }

  async lastPersonToken(): Promise<string> {
    return this.#lastPerson?.token ?? '';
  }

  /** The code that confirms a second factor that somebody has just enrolled. */
  async enrolledCode(): Promise<string> {
    return (await this.#enroll()).generate();
  }

  async personWithSecondFactor(): Promise<Person> {
    const factor = await this.#enroll();
    const person = this.#lastPerson as Person;
    const query = 'mutation($input: SecondFactorCodeInput!) { confirmSecondFactor(input: $input) { recoveryCodes } }';
    const { data } = await this.ask(query, { input: { code: factor.generate() } }, person.token);
    const nextCode = factor.generate({ timestamp: Date.now() + 30_000 });
    return { ...person, recoveryCodes: data.confirmSecondFactor.recoveryCodes, nextCode };
  }

  async #enroll(): Promise<TOTP> {
    const { token } = await this.person();
    const { data } = await this.ask('mutation { enrollSecondFactor { uri } }', {}, token);
    return OtpUri.parse(data.enrollSecondFactor.uri) as TOTP;
  }

  /** Of a sign-in that waits for a new password. */
  async challenge(): Promise<string> {
    const username = await this.user();
    const reset = { tenant: this.tenant, username, newPassword: password, mustChange: true };
    await this.make('resetPassword', reset, 'password');
    return (await this.make('login', { tenant: this.tenant, username, password }, 'challenge')).challenge;
  }

  async sessionId(): Promise<string> {
    const { username } = await this.person();
    const [row] = await this.sql<{ id: string }>(
      'SELECT s.id FROM user_session s JOIN user_account u ON u.id = s.user_id WHERE u.username = $1',
      [username],
    );
    return row?.id ?? '';
  }

  /** The id of a key; nobody has its secret. */
  async apiKey(): Promise<string> {
    const id = randomUUID();
    await this.sql(
      `INSERT INTO api_key (id, user_id, name, digest, scopes) SELECT $1::uuid, u.id, 'made', sha256(convert_to($1::text, 'UTF8')), '{}'
       FROM user_account u JOIN tenant t ON t.id = u.tenant_id WHERE t.name = $2 AND u.username = 'boss'`,
      [id, this.tenant],
    );
    return id;
  }

  async shareLink(): Promise<string> {
    const { bucket, key } = await this.object();
    return (await this.make('createShareLink', { bucket, key }, 'shareLink { id }')).shareLink.id;
  }

  /** An object that the tenant's administrator has marked. */
  async favourite(inBucket?: string): Promise<{ bucket: string; key: string }> {
    const { bucket, key } = await this.object(inBucket);
    await this.make('addFavourite', { bucket, key }, 'object { key }');
    return { bucket, key };
  }

  async group(): Promise<string> {
    const name = this.name();
    await this.make('createGroup', { name }, 'group { name }');
    return name;
  }

  async policy(): Promise<string> {
    const name = this.name();
    const statement = { Effect: 'Allow', Action: 's3:GetObject', Resource: '*' };
    const document = { Version: '2012-10-17', Statement: [statement] };
    await this.make('createPolicy', { name, document }, 'policy { name }');
    return name;
  }

  /** A role that the tenant's administrator may assume. */
  async role(): Promise<string> {
    const name = this.name();
    const Principal = { AWS: `arn:aws:iam::${this.tenant}:user/boss` };
    const trustPolicy = { Version: '2012-10-17', Statement: { Effect: 'Allow', Principal, Action: 'sts:AssumeRole' } };
    await this.make('createIamRole', { name, trustPolicy }, 'role { name }');
    return name;
  }

  /** A policy with a second version, which does not count. */
  async policyWithVersions(): Promise<string> {
    const name = await this.policy();
    const statement = { Effect: 'Allow', Action: 's3:ListBucket', Resource: '*' };
    const document = { Version: '2012-10-17', Statement: [statement] };
    await this.make('createPolicyVersion', { name, document }, 'version { number }');
    return name;
  }

  /** The id of a request of the tenant's own that was denied. */
  async decision(): Promise<string> {
    const { token } = await this.person();
    await this.ask('{ users(first: 1) { nodes { id } } }', {}, token);
    for (;;) {
      const [row] = await this.sql<{ id: string }>(
        `SELECT d.id FROM decision d JOIN user_account u ON u.id = d.actor_id JOIN tenant t ON t.id = d.tenant_id
         WHERE t.name = $1 AND u.tenant_id = t.id LIMIT 1`,
        [this.tenant],
      );
      if (row !== undefined) {
        return row.id;
      }
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  /** Another tenant, with nothing in it. */
  async spareTenant(): Promise<string> {
    const name = this.name();
    await this.make('createTenant', { name }, 'tenant { name }', { token: await this.server.login() });
    return name;
  }

  async oidcProvider(): Promise<string> {
    const input = { name: this.name(), issuer: 'https://issuer.example.com', clientId: 'client', tenant: this.tenant };
    return (await this.make('createOidcProvider', input, 'oidcProvider { id }', { token: await this.server.login() }))
      .oidcProvider.id;
  }

  async refreshToken(): Promise<string> {
    const input = { tenant: this.tenant, username: await this.user(), password };
    return (await this.make('login', input, 'refreshToken')).refreshToken;
  }

  /** Of a directory that is switched off, where nobody answers. */
  directoryInput(): { name: string } & Record<string, unknown> {
    return { name: this.name(), urls: ['ldaps://127.0.0.1:9'], baseDn: 'dc=example,dc=com', enabled: false };
  }

  async directory(): Promise<string> {
    const input = { ...this.directoryInput(), tenant: this.tenant };
    await this.make('createLdapDirectory', input, 'directory { name }', { token: await this.server.login() });
    return input.name;
  }

  /** A bucket whose access control lists count. */
  async bucketWithAcl(): Promise<string> {
    const bucket = await this.bucket();
    await this.make('setBucketOwnership', { bucket, ownership: 'BUCKET_OWNER_PREFERRED' }, 'bucket { name }');
    return bucket;
  }

  /** A bucket that replicates to a target that nobody answers at. */
  async replicatedBucket(): Promise<{ bucket: string; targetId: string }> {
    const bucket = await this.bucket({ versioning: 'ENABLED' });
    const target = {
      endpoint: 'http://127.0.0.1:9',
      bucket: 'elsewhere',
      accessKeyId: 'AKID',
      secretAccessKey: 'a-secret-key',
    };
    const rules = [{ id: 'all', priority: 1, target: 'elsewhere' }];
    await this.make('setBucketReplication', { bucket, targets: [target], rules }, 'bucket { name }');
    const [row] = await this.sql<{ id: string }>(
      'SELECT t.id FROM replication_target t JOIN bucket b ON b.id = t.bucket_id WHERE b.name = $1',
      [bucket],
    );
    return { bucket, targetId: row?.id ?? '' };
  }

  s3(method: string, path: string, body: string | Buffer = '', headers: Record<string, string> = {}) {
    return sendSigned(this.member, { method, path, body, headers });
  }

  async sql<Row>(text: string, values: unknown[] = []): Promise<Row[]> {
    return (await this.server.granary.database.pool.query(text, values)).rows as Row[];
  }
}

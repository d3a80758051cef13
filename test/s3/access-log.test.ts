import { CreateRoleCommand, IAMClient, PutRolePolicyCommand } from '@aws-sdk/client-iam';
import {
  type BucketLoggingStatus,
  CopyObjectCommand,
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteBucketPolicyCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetBucketAclCommand,
  GetBucketLoggingCommand,
  GetObjectAclCommand,
  GetObjectCommand,
  HeadObjectCommand,
  PutBucketAclCommand,
  PutBucketLoggingCommand,
  PutBucketPolicyCommand,
  PutBucketRequestPaymentCommand,
  PutObjectCommand,
  PutObjectLockConfigurationCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { deliverAccessLogs } from '../../src/operations/reports/deliver-access-logs.js';
import { eventually } from '../support/process.js';
import { makeS3User } from '../support/s3-user.js';
import { startTestServer, type TestServer } from '../support/server.js';
import { admitLogs, deliverAll, keysOf, recordsIn } from './access-log-fixture.js';
import { refusalOf as codeOf } from './code-of.js';
import { send, sendSigned } from './raw-request.js';

let server: TestServer;
let s3: S3Client;
let count = 0;

beforeAll(async () => {
  server = await startTestServer();
  s3 = server.s3;
});

afterAll(async () => {
  await server?.stop();
});

async function bucket(name: string, ownership?: 'ObjectWriter'): Promise<string> {
  count += 1;
  const Bucket = `${name}-${count}`;
  await s3.send(new CreateBucketCommand({ Bucket, ...(ownership && { ObjectOwnership: ownership }) }));
  return Bucket;
}

function enable(Bucket: string, LoggingEnabled: BucketLoggingStatus['LoggingEnabled']): Promise<unknown> {
  return s3.send(new PutBucketLoggingCommand({ Bucket, BucketLoggingStatus: { LoggingEnabled } }));
}

/** A bucket whose requests go to another one, below a prefix. */
async function logged(prefix = 'log/'): Promise<{ source: string; target: string }> {
  const [source, target] = [await bucket('source'), await bucket('target')];
  await admitLogs(s3, { from: source, to: target, prefix });
  await enable(source, { TargetBucket: target, TargetPrefix: prefix });
  await deliverAll(server);
  return { source, target };
}

describe('an access log', () => {
  test('has a line of all fields for each request, in an object below the prefix', async () => {
    const { source: Bucket, target } = await logged();
    await s3.send(new PutObjectCommand({ Bucket, Key: 'a b/ä.txt', Body: 'hello' }));
    await s3.send(new GetObjectCommand({ Bucket, Key: 'a b/ä.txt', Range: 'bytes=1-2' }));
    await codeOf(s3.send(new HeadObjectCommand({ Bucket, Key: 'none' })));
    await s3.send(new DeleteObjectCommand({ Bucket, Key: 'a b/ä.txt' }));
    expect(await deliverAll(server)).toEqual({ objects: 1, records: 4 });
    const keys = await keysOf(s3, target);
    const key = expect.stringMatching(/^log\/\d{4}-\d\d-\d\d-\d\d-\d\d-\d\d-[0-9A-F]{16}$/);
    expect(keys).toEqual([key, key]);
    const [enabled, put, get, head, removed] = await recordsIn(s3, target);
    expect(enabled?.operation).toBe('REST.PUT.LOGGING_STATUS');
    expect(put).toMatchObject({
      ...{
        bucket: Bucket,
        operation: 'REST.PUT.OBJECT',
        key: 'a%20b/%C3%A4.txt',
        status: '200',
        error: '-',
        sent: '-',
      },
      ...{ size: '5', ip: '127.0.0.1', signature: 'SigV4', auth: 'AuthHeader', tls: '-', acl: '-', region: '-' },
      host: new URL(server.s3Url).host,
      time: expect.stringMatching(/^\[\d\d\/[A-Z][a-z]{2}\/\d{4}:\d\d:\d\d:\d\d \+0000\]$/),
      uri: expect.stringMatching(/^"PUT \/source-\d+\/a%20b\/%C3%A4\.txt(\?x-id=PutObject)? HTTP\/1\.1"$/),
      requester: put?.owner,
    });
    expect(get).toMatchObject({ operation: 'REST.GET.OBJECT', status: '206', sent: '2', size: '5' });
    expect(Number(get?.total)).toBeGreaterThanOrEqual(Number(get?.turnAround));
    expect(head).toMatchObject({
      operation: 'REST.HEAD.OBJECT',
      status: '404',
      error: 'NoSuchKey',
      sent: '-',
      key: 'none',
    });
    expect(removed).toMatchObject({ operation: 'REST.DELETE.OBJECT', status: '204' });
    const { ContentType } = await s3.send(new HeadObjectCommand({ Bucket: target, Key: keys[0] ?? '' }));
    expect(ContentType).toBe('text/plain');
    expect(await deliverAll(server)).toEqual({ objects: 0, records: 0 });
  });

  test('has no signature, token or key of anybody, nor anything that could end a line', async () => {
    const { source: Bucket, target } = await logged();
    await s3.send(new PutObjectCommand({ Bucket, Key: 'k', Body: 'x' }));
    const url = new URL(await getSignedUrl(s3, new GetObjectCommand({ Bucket, Key: 'k' })));
    const signature = url.searchParams.get('X-Amz-Signature') ?? '';
    const headers = { 'user-agent': 'a "b" \\ \t\xe9', referer: 'https://e.test/?Signature=abc&x=1' };
    await send(server, { path: `${url.pathname}${url.search}`, headers: { ...headers, host: url.host } });
    const secret =
      '&x-amz-server-side-encryption-customer-key=c2VjcmV0&X-Amz-Security-Token=t0ken&X-Granary-Upload=l1nk';
    await send(server, { path: `/${Bucket}/k?prefix=${secret}` });
    await send(server, {
      path: `/${Bucket}/k?X-Amz-Signatur%65=enc0ded&%58-amz-security-token=sp3lled&q=a?Signature=b`,
    });
    await deliverAll(server);
    const lines = (await recordsIn(s3, target)).filter(({ key }) => key === 'k');
    const text = JSON.stringify(lines);
    for (const hidden of [
      signature,
      'c2VjcmV0',
      't0ken',
      'l1nk',
      'Signature=abc',
      'enc0ded',
      'sp3lled',
      'Signature=b',
    ]) {
      expect(text).not.toContain(hidden);
    }
    const [, signed] = lines;
    expect(signed).toMatchObject({ auth: 'QueryString', status: '200', userAgent: '"a %22b%22 \\ %09%E9"' });
    expect(signed?.uri).toContain('X-Amz-Signature=REDACTED');
    expect(signed?.referer).toBe('"https://e.test/?Signature=REDACTED&x=1"');
  });

  test('tells of who was refused, who did not sign, copies by both buckets, and each key of a batch', async () => {
    const { source: Bucket, target } = await logged();
    const other = await bucket('plain');
    await s3.send(new PutObjectCommand({ Bucket, Key: 'k', Body: 'x' }));
    await send(server, { path: `/${Bucket}/k` });
    const wrong =
      'AWS4-HMAC-SHA256 Credential=NOBODY/20260101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=0';
    await send(server, {
      path: `/default:${Bucket}?versions`,
      headers: { authorization: wrong, 'x-amz-date': '20260101T000000Z' },
    });
    await s3.send(new CopyObjectCommand({ Bucket: other, Key: 'copy', CopySource: `${Bucket}/k` }));
    await s3.send(new CopyObjectCommand({ Bucket, Key: 'copy', CopySource: `${other}/copy` }));
    await s3.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects: [{ Key: 'k' }, { Key: 'copy' }] } }));
    await deliverAll(server);
    const seen = (await recordsIn(s3, target)).map(({ operation, key, status, error, requester }) =>
      [operation, key, status, error, requester === '-' ? 'nobody' : 'somebody'].join(' '),
    );
    expect(seen.slice(2)).toEqual([
      'REST.GET.OBJECT k 403 AccessDenied nobody',
      expect.stringMatching(/^REST.GET.BUCKETVERSIONS - 4\d\d \w+ nobody$/),
      'REST.COPY.OBJECT_GET k 200 - somebody',
      'REST.COPY.OBJECT copy 200 - somebody',
      'REST.POST.MULTI_OBJECT_DELETE - 200 - somebody',
      'BATCH.DELETE.OBJECT k 204 - somebody',
      'BATCH.DELETE.OBJECT copy 204 - somebody',
    ]);
  });

  test('costs no query for requests that were refused before their operation', async () => {
    const { source: Bucket } = await logged();
    const stranger = { s3Url: server.s3Url, accessKeyId: 'NOBODYKNOWSTHIS', secretAccessKey: 'x' };
    server.granary.buckets.clear();
    expect((await sendSigned(stranger, { path: `/default%3A${Bucket}/k` })).code).toBe('InvalidAccessKeyId');
    await new Promise((resolve) => setTimeout(resolve, 200));
    // Whatever had been asked for would be in memory.
    expect(server.granary.buckets.peek('default', Bucket)).toBeUndefined();
    await send(server, { path: `/${Bucket}/k` });
    expect(server.granary.buckets.peek('default', Bucket)).toBeDefined();
  });

  test('tells the sessions of a role apart', async () => {
    const { source: Bucket, target } = await logged();
    const ada = await makeS3User(server, { username: 'ada' });
    const options = { endpoint: server.s3Url, region: 'us-east-1', maxAttempts: 1 };
    const own = { accessKeyId: server.accessKeyId, secretAccessKey: server.secretAccessKey };
    const document = (more: object) =>
      JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', ...more }] });
    const iam = new IAMClient({ ...options, credentials: own });
    const trust = document({ Principal: { AWS: 'arn:aws:iam::default:user/ada' }, Action: 'sts:AssumeRole' });
    await iam.send(new CreateRoleCommand({ RoleName: 'reader', AssumeRolePolicyDocument: trust }));
    const PolicyDocument = document({ Action: 's3:*', Resource: '*' });
    await iam.send(new PutRolePolicyCommand({ RoleName: 'reader', PolicyName: 'all', PolicyDocument }));
    const { accessKeyId, secretAccessKey } = ada;
    const sts = new STSClient({ ...options, credentials: { accessKeyId, secretAccessKey } });
    for (const RoleSessionName of ['first', 'second']) {
      const RoleArn = 'arn:aws:iam::default:role/reader';
      const { Credentials: made } = await sts.send(new AssumeRoleCommand({ RoleArn, RoleSessionName }));
      const keys = {
        ...{ s3Url: server.s3Url, accessKeyId: String(made?.AccessKeyId) },
        secretAccessKey: String(made?.SecretAccessKey),
      };
      const headers = { 'x-amz-security-token': String(made?.SessionToken) };
      expect((await sendSigned(keys, { path: `/${Bucket}`, headers })).status).toBe(200);
    }
    await deliverAll(server);
    const requesters = (await recordsIn(s3, target)).map(({ requester }) => requester);
    expect(requesters.slice(1)).toEqual([
      'arn:aws:sts::default:assumed-role/reader/first',
      'arn:aws:sts::default:assumed-role/reader/second',
    ]);
    for (const client of [iam, sts, ada.s3]) {
      client.destroy();
    }
  });

  test('says when an access control list had to let somebody in', async () => {
    const [source, target] = [await bucket('source', 'ObjectWriter'), await bucket('target')];
    await admitLogs(s3, { from: source, to: target });
    await s3.send(new PutObjectCommand({ Bucket: source, Key: 'open', Body: 'x', ACL: 'public-read' }));
    await enable(source, { TargetBucket: target, TargetPrefix: '' });
    await send(server, { path: `/${source}/open` });
    await s3.send(new GetObjectCommand({ Bucket: source, Key: 'open' }));
    await deliverAll(server);
    const reads = (await recordsIn(s3, target)).filter(({ key }) => key === 'open');
    expect(reads.map(({ acl }) => acl)).toEqual(['Yes', '-']);
  });

  test('of a bucket that logs to itself has the deliveries too, one line for each', async () => {
    const Bucket = await bucket('self');
    await admitLogs(s3, { from: Bucket, to: Bucket, prefix: 'log/' });
    await enable(Bucket, { TargetBucket: Bucket, TargetPrefix: 'log/' });
    expect((await deliverAll(server)).objects).toBe(1);
    const [first] = await keysOf(s3, Bucket, 'log/');
    // The delivery, and the list that has just been asked for.
    expect(await deliverAll(server)).toEqual({ objects: 1, records: 2 });
    const records = await recordsIn(s3, Bucket, 'log/');
    expect(records.find(({ operation }) => operation === 'REST.PUT.OBJECT')).toMatchObject({
      ...{ key: first, requester: 'svc:logging.s3.amazonaws.com', status: '200' },
    });
    await s3.send(new PutBucketLoggingCommand({ Bucket, BucketLoggingStatus: {} }));
    await deliverAll(server);
    expect(await deliverAll(server)).toEqual({ objects: 0, records: 0 });
  });

  test('waits for its interval, and does not wait for it once it is long', async () => {
    const { source: Bucket } = await logged();
    await deliverAll(server);
    await s3.send(new PutObjectCommand({ Bucket, Key: 'k', Body: 'x' }));
    await server.granary.accessLog.flush();
    expect(await deliverAccessLogs(server.granary)).toEqual({ objects: 0, records: 0 });
    const { rows } = await server.granary.database.pool.query('SELECT id FROM bucket WHERE name = $1', [Bucket]);
    await server.granary.database.pool.query(
      `INSERT INTO access_log_record (bucket_id, at, line) SELECT $1, now(), 'a line' FROM generate_series(1, 20000)`,
      [rows[0].id],
    );
    expect(await deliverAccessLogs(server.granary)).toMatchObject({ records: expect.any(Number), objects: 2 });
  });
});

describe('the access logs of two tenants that have buckets of one name', () => {
  const policyFor = (Bucket: string, AWS: string) =>
    JSON.stringify({
      Version: '2012-10-17',
      Statement: [
        { Effect: 'Allow', Principal: { AWS }, Action: 's3:PutObject', Resource: `arn:aws:s3:::${Bucket}/*` },
      ],
    });

  async function twins() {
    count += 1;
    const tenant = `acme-${count}`;
    await server.graphql(
      'mutation($name: String!) { createTenant(input: { name: $name }) { userErrors { message } } }',
      {
        name: tenant,
      },
    );
    const eve = await makeS3User(server, { username: 'eve', role: 'TENANT_ADMINISTRATOR', tenant });
    const { source: Bucket, target } = await logged();
    await eve.s3.send(new CreateBucketCommand({ Bucket }));
    await eve.s3.send(new PutObjectCommand({ Bucket, Key: 'k', Body: 'x' }));
    const keys = { s3Url: server.s3Url, accessKeyId: eve.accessKeyId, secretAccessKey: eve.secretAccessKey };
    const operations = async () => {
      await deliverAll(server);
      const records = await recordsIn(s3, target);
      return records.map(({ operation }) => operation).filter((operation) => operation !== 'REST.PUT.LOGGING_STATUS');
    };
    return { tenant, eve, keys, Bucket, operations };
  }

  test('do not tell one of what is copied out of the bucket of the other', async () => {
    const { tenant, eve, keys, Bucket, operations } = await twins();
    const open = await bucket('open');
    await s3.send(
      new PutBucketPolicyCommand({ Bucket: open, Policy: policyFor(open, `arn:aws:iam::${tenant}:user/eve`) }),
    );
    const headers = { 'x-amz-copy-source': `/${Bucket}/k` };
    const copy = await sendSigned(keys, { method: 'PUT', path: `/default%3A${open}/copy`, headers });
    expect(copy.status).toBe(200);
    expect(await operations()).toEqual([]);
    eve.s3.destroy();
  });

  test('do not tell one of who could not be made out by credentials, unless the request names the tenant', async () => {
    const { eve, keys, Bucket, operations } = await twins();
    const wrong = { ...keys, secretAccessKey: 'wrong' };
    const unknown = { ...keys, accessKeyId: 'NOBODYKNOWSTHIS' };
    const refused = async (sent: Promise<{ code: string | undefined }>) => (await sent).code;
    expect(await refused(sendSigned(wrong, { path: `/${Bucket}/k` }))).toBe('SignatureDoesNotMatch');
    expect(await refused(sendSigned(unknown, { path: `/${Bucket}/k` }))).toBe('InvalidAccessKeyId');
    const expired = await getSignedUrl(eve.s3, new GetObjectCommand({ Bucket, Key: 'k' }), {
      ...{ expiresIn: 1, signingDate: new Date(Date.now() - 60_000) },
    });
    const { host, pathname, search } = new URL(expired);
    expect(await refused(send(server, { path: `${pathname}${search}`, headers: { host } }))).toBe('AccessDenied');
    const form = new FormData();
    for (const [name, value] of [
      ['key', 'k'],
      ['policy', 'e30='],
      ['AWSAccessKeyId', 'NOBODY'],
      ['signature', 'x'],
    ]) {
      form.append(String(name), String(value));
    }
    form.append('file', 'x');
    expect((await fetch(`${server.s3Url}/${Bucket}`, { method: 'POST', body: form })).status).toBe(403);
    expect(await operations()).toEqual([]);
    await send(server, { path: `/${Bucket}/k` });
    await eventually(async () => (await operations()).length === 1);
    // Told of only while the bucket is in memory, and a moment after the answer.
    await eventually(async () => {
      await server.granary.buckets.find('default', Bucket);
      await sendSigned(wrong, { path: `/default%3A${Bucket}/k` });
      return (await operations()).length > 1;
    });
    expect(new Set(await operations())).toEqual(new Set(['REST.GET.OBJECT']));
    eve.s3.destroy();
  });
});

describe('the keys of logs', () => {
  test('can be folders by tenant, region, bucket and the day of the delivery', async () => {
    const [source, target] = [await bucket('source'), await bucket('target')];
    await admitLogs(s3, { from: source, to: target });
    await enable(source, {
      ...{ TargetBucket: target, TargetPrefix: 'p-' },
      TargetObjectKeyFormat: { PartitionedPrefix: { PartitionDateSource: 'DeliveryTime' } },
    });
    await deliverAll(server);
    const day = String.raw`\d{4}/\d\d/\d\d/\d{4}-\d\d-\d\d-\d\d-\d\d-\d\d-[0-9A-F]{16}`;
    expect(await keysOf(s3, target)).toEqual([
      expect.stringMatching(new RegExp(`^p-default/us-east-1/${source}/${day}$`)),
    ]);
  });

  test('by the day of the requests never mix two days', async () => {
    const [source, target] = [await bucket('source'), await bucket('target')];
    await admitLogs(s3, { from: source, to: target });
    await enable(source, {
      ...{ TargetBucket: target, TargetPrefix: '' },
      TargetObjectKeyFormat: { PartitionedPrefix: { PartitionDateSource: 'EventTime' } },
    });
    await deliverAll(server);
    const before = (await keysOf(s3, target)).length;
    const { rows } = await server.granary.database.pool.query('SELECT id FROM bucket WHERE name = $1', [source]);
    await server.granary.database.pool.query(
      `INSERT INTO access_log_record (bucket_id, at, line)
       SELECT $1, ('1999-03-0' || (1 + n % 2) || 'T23:30:00Z')::timestamptz, 'line' FROM generate_series(1, 6) n`,
      [rows[0].id],
    );
    await deliverAll(server);
    const made = (await keysOf(s3, target)).filter((key) => key.includes('/1999/03/'));
    expect([before, made]).toEqual([
      1,
      [
        expect.stringMatching(`^default/us-east-1/${source}/1999/03/01/1999-03-01-00-00-00-`),
        expect.stringMatching(`^default/us-east-1/${source}/1999/03/02/1999-03-02-00-00-00-`),
      ],
    ]);
  });
});

describe('the configuration of a log', () => {
  test('comes back as it was put, through GraphQL too, and is taken away by an empty one', async () => {
    const { source: Bucket, target } = await logged();
    const read = async () => (await s3.send(new GetBucketLoggingCommand({ Bucket }))).LoggingEnabled;
    const TargetObjectKeyFormat = { SimplePrefix: {} };
    expect(await read()).toEqual({ TargetBucket: target, TargetPrefix: 'log/', TargetObjectKeyFormat });
    const query = `query($name: String!) { bucket(name: $name) { logging { targetBucket targetPrefix keyFormat grants { permission } } } }`;
    const shown = async () => (await server.graphql(query, { name: Bucket })).data.bucket.logging;
    expect(await shown()).toEqual({ targetBucket: target, targetPrefix: 'log/', keyFormat: 'SIMPLE', grants: [] });
    const set =
      'mutation($input: SetBucketLoggingInput!) { setBucketLogging(input: $input) { userErrors { code field message } } }';
    const change = async (logging: object | null) =>
      (await server.graphql(set, { input: { bucket: Bucket, logging } })).data.setBucketLogging.userErrors;
    expect(
      await change({ targetBucket: target, targetPrefix: 'log/', keyFormat: 'PARTITIONED_BY_EVENT_TIME' }),
    ).toEqual([]);
    expect((await read())?.TargetObjectKeyFormat).toEqual({
      PartitionedPrefix: { PartitionDateSource: 'EventTime' },
    });
    expect(await change({ targetBucket: 'no-such-bucket' })).toEqual([
      { code: 'INVALID_INPUT', field: expect.arrayContaining(['targetBucket']), message: expect.any(String) },
    ]);
    expect(await change(null)).toEqual([]);
    expect(await read()).toBeUndefined();
    await enable(Bucket, { TargetBucket: target, TargetPrefix: 'log/' });
    await s3.send(new PutBucketLoggingCommand({ Bucket, BucketLoggingStatus: {} }));
    expect(await read()).toBeUndefined();
  });

  test('needs a target that is there, of the same tenant, and lets logs in', async () => {
    const [source, target] = [await bucket('source'), await bucket('target')];
    const to = (TargetBucket: string) => codeOf(enable(source, { TargetBucket, TargetPrefix: 'log/' }));
    expect(await to('no-such-bucket')).toBe('InvalidTargetBucketForLogging');
    expect(await to('other:bucket')).toBe('InvalidTargetBucketForLogging');
    expect(await to(target)).toBe('AccessDenied');
    await admitLogs(s3, { from: 'another-source', to: target });
    expect(await to(target)).toBe('AccessDenied');
    await admitLogs(s3, { from: source, to: target });
    expect(await to(target)).toBe('none');
    expect(await codeOf(enable('no-such-bucket', { TargetBucket: target, TargetPrefix: '' }))).toBe('NoSuchBucket');
    await s3.send(
      new PutBucketRequestPaymentCommand({ Bucket: target, RequestPaymentConfiguration: { Payer: 'Requester' } }),
    );
    expect(await to(target)).toBe('InvalidTargetBucketForLogging');
  });

  test('is refused for a target whose objects would be kept by default', async () => {
    const source = await bucket('source');
    const Bucket = 'kept-logs';
    await s3.send(new CreateBucketCommand({ Bucket, ObjectLockEnabledForBucket: true }));
    await admitLogs(s3, { from: source, to: Bucket });
    await s3.send(
      new PutObjectLockConfigurationCommand({
        Bucket,
        ObjectLockConfiguration: {
          ObjectLockEnabled: 'Enabled',
          Rule: { DefaultRetention: { Mode: 'GOVERNANCE', Days: 1 } },
        },
      }),
    );
    expect(await codeOf(enable(source, { TargetBucket: Bucket, TargetPrefix: '' }))).toBe(
      'InvalidTargetBucketForLogging',
    );
  });

  test('with grants gives others what it says, where access control lists let logs in', async () => {
    const reader = await makeS3User(server, { username: 'reader' });
    const [source, target] = [await bucket('source'), await bucket('target', 'ObjectWriter')];
    const configuration = {
      ...{ TargetBucket: target, TargetPrefix: '' },
      TargetGrants: [
        { Grantee: { Type: 'CanonicalUser' as const, ID: reader.canonicalId }, Permission: 'READ' as const },
      ],
    };
    expect(await codeOf(enable(source, configuration))).toBe('InvalidTargetBucketForLogging');
    await s3.send(new PutBucketAclCommand({ Bucket: target, ACL: 'log-delivery-write' as 'private' }));
    await enable(source, configuration);
    await deliverAll(server);
    const [Key = ''] = await keysOf(s3, target);
    const { Body } = await reader.s3.send(new GetObjectCommand({ Bucket: target, Key }));
    expect(await Body?.transformToString()).toContain('REST.PUT.LOGGING_STATUS');
    const { Grants = [] } = await s3.send(new GetObjectAclCommand({ Bucket: target, Key }));
    expect(Grants.map(({ Permission }) => Permission)).toEqual(['FULL_CONTROL', 'READ']);
    const enforced = await bucket('target');
    await admitLogs(s3, { from: source, to: enforced });
    expect(await codeOf(enable(source, { ...configuration, TargetBucket: enforced }))).toBe(
      'InvalidBucketAclWithObjectOwnership',
    );
    reader.s3.destroy();
  });

  test.each([
    ['a key format of two kinds', '<TargetObjectKeyFormat><SimplePrefix/><PartitionedPrefix/></TargetObjectKeyFormat>'],
    [
      'an unknown date',
      '<TargetObjectKeyFormat><PartitionedPrefix><PartitionDateSource>Never</PartitionDateSource></PartitionedPrefix></TargetObjectKeyFormat>',
    ],
  ])('with %s is malformed', async (_, format) => {
    const { source, target } = await logged();
    const body = `<BucketLoggingStatus><LoggingEnabled><TargetBucket>${target}</TargetBucket><TargetPrefix/>${format}</LoggingEnabled></BucketLoggingStatus>`;
    expect((await sendSigned(server, { method: 'PUT', path: `/${source}?logging`, body })).code).toBe('MalformedXML');
  });
});

test('a policy may know whose bucket is logged by the canonical id of its owner, and by no other', async () => {
  const [source, target] = [await bucket('source'), await bucket('target')];
  const { Owner } = await s3.send(new GetBucketAclCommand({ Bucket: source }));
  const logging = { TargetBucket: target, TargetPrefix: '' };
  await admitLogs(s3, { from: source, to: target, account: 'f'.repeat(64) });
  expect(await codeOf(enable(source, logging))).toBe('AccessDenied');
  await admitLogs(s3, { from: source, to: target, account: Owner?.ID ?? '' });
  await enable(source, logging);
  await deliverAll(server);
  expect((await recordsIn(s3, target)).map(({ bucket: name }) => name)).toContain(source);
});

describe('a log that its target does not take', () => {
  test('waits until it does, and is delivered then', async () => {
    const { source: Bucket, target } = await logged();
    await s3.send(new PutObjectCommand({ Bucket, Key: 'k', Body: 'x' }));
    await s3.send(new DeleteBucketPolicyCommand({ Bucket: target }));
    expect(await deliverAll(server)).toMatchObject({ objects: 0 });
    expect(server.problems.splice(0)).toEqual([expect.stringContaining('An access log must wait')]);
    await admitLogs(s3, { from: Bucket, to: target });
    await deliverAll(server);
    expect((await recordsIn(s3, target)).some(({ key }) => key === 'k')).toBe(true);
  });

  test('is forgotten after a day', async () => {
    const { source: Bucket, target } = await logged();
    await s3.send(new PutObjectCommand({ Bucket, Key: 'k', Body: 'x' }));
    for (const Key of await keysOf(s3, target)) {
      await s3.send(new DeleteObjectCommand({ Bucket: target, Key }));
    }
    await s3.send(new DeleteBucketCommand({ Bucket: target }));
    await server.granary.accessLog.flush();
    await deliverAccessLogs(server.granary, { ageSeconds: 0, now: new Date(Date.now() + 25 * 3_600_000) });
    expect(server.problems.splice(0)).toEqual([expect.stringContaining('does not exist')]);
    expect(await deliverAll(server)).toEqual({ objects: 0, records: 0 });
    expect(await server.granary.metrics.collect()).toMatch(/granary_dropped_access_log_lines_total [1-9]/);
  });

  test('makes no empty object of a batch whose records were dropped while it waited', async () => {
    const { source, target } = await logged();
    await deliverAll(server);
    await server.granary.database.pool.query(
      `INSERT INTO access_log_batch (bucket_id, key, last_id) SELECT id, 'log/empty', 1 FROM bucket WHERE name = $1`,
      [source],
    );
    await s3.send(new PutObjectCommand({ Bucket: source, Key: 'k', Body: 'x' }));
    expect(await deliverAll(server)).toEqual({ objects: 1, records: 1 });
    expect(await keysOf(s3, target, 'log/empty')).toEqual([]);
    expect((await recordsIn(s3, target)).at(-1)).toMatchObject({ operation: 'REST.PUT.OBJECT', key: 'k' });
  });

  test('is written once under one key, though a run was killed after its object was there', async () => {
    const { source: Bucket, target } = await logged();
    await deliverAll(server);
    await s3.send(new PutObjectCommand({ Bucket, Key: 'k', Body: 'x' }));
    await server.granary.accessLog.flush();
    // What a run leaves behind that died before it could say that it was done.
    const { pool } = server.granary.database;
    await pool.query(
      `INSERT INTO access_log_batch (bucket_id, key, last_id)
       SELECT bucket_id, 'log/begun', max(id) FROM access_log_record GROUP BY bucket_id`,
    );
    await s3.send(new PutObjectCommand({ Bucket: target, Key: 'log/begun', Body: 'of the run that died' }));
    await deliverAll(server);
    const records = (await recordsIn(s3, target, 'log/')).filter(({ key }) => key === 'k');
    expect([records.length, await keysOf(s3, target, 'log/begun')]).toEqual([1, ['log/begun']]);
  });
});

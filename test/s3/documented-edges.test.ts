import { createHash, randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import {
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  GetBucketLifecycleConfigurationCommand,
  GetBucketPolicyCommand,
  GetObjectAclCommand,
  GetObjectAttributesCommand,
  GetObjectCommand,
  GetObjectTaggingCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectsCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  ListPartsCommand,
  PutBucketCorsCommand,
  PutBucketLifecycleConfigurationCommand,
  PutBucketLoggingCommand,
  PutBucketPolicyCommand,
  PutObjectCommand,
  type S3ServiceException,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { startJobs } from '../../src/jobs/jobs.js';
import { exchangeBytes, requestBytes } from '../hostile/raw-socket.js';
import { makeS3User, type S3User } from '../support/s3-user.js';
import { startTestServer, type TestServer } from '../support/server.js';
import { admitLogs, keysOf } from './access-log-fixture.js';
import { postForm } from './post-form.js';
import { send, sendSigned } from './raw-request.js';

let server: TestServer;
let owner: S3User;
let other: S3User;
let made = 0;

beforeAll(async () => {
  server = await startTestServer({
    s3ObjectOwnership: 'ObjectWriter',
    lifecycleDaySeconds: 1,
    accessLogSeconds: 0,
  });
  owner = await makeS3User(server, { username: 'owner' });
  other = await makeS3User(server, { username: 'other' });
});

afterAll(async () => {
  expect(server.problems).toEqual([]);
  await server.stop();
});

async function newBucket(more: object = {}): Promise<string> {
  made += 1;
  const Bucket = `edges-${made}`;
  await owner.s3.send(new CreateBucketCommand({ Bucket, ...more }));
  return Bucket;
}

function put(Bucket: string, Key: string, more: object = {}) {
  return owner.s3.send(new PutObjectCommand({ Bucket, Key, Body: 'content', ...more }));
}

function putPolicy(Bucket: string, ...statements: object[]): Promise<unknown> {
  const Statement = statements.map((statement) => ({ Effect: 'Allow', Principal: { AWS: '*' }, ...statement }));
  const Policy = JSON.stringify({ Version: '2012-10-17', Statement });
  return owner.s3.send(new PutBucketPolicyCommand({ Bucket, Policy }));
}

async function outcome(work: Promise<unknown>): Promise<string> {
  try {
    await work;
    return 'done';
  } catch (error) {
    return (error as S3ServiceException).name;
  }
}

describe('headers', () => {
  test('a Content-Encoding of several is read back as it was sent, without what the transport had', async () => {
    const Bucket = await newBucket();
    for (const ContentEncoding of [
      'gzip,br',
      'deflate, gzip',
      'aws-chunked, deflate, gzip',
      'deflate, gzip,aws-chunked',
    ]) {
      await put(Bucket, 'k', { ContentEncoding });
      const head = await owner.s3.send(new HeadObjectCommand({ Bucket, Key: 'k' }));
      expect(head.ContentEncoding).toBe(ContentEncoding === 'gzip,br' ? ContentEncoding : 'deflate, gzip');
    }
  });

  test('metadata of bytes that are not UTF-8 comes back byte for byte, from copies as well', async () => {
    const Bucket = await newBucket({ ACL: 'public-read-write' });
    const sent = 'caf\xe9 \x80\xff';
    const headers = { 'x-amz-meta-drink': sent, 'content-length': '1', 'x-amz-acl': 'bucket-owner-full-control' };
    expect((await send(server, { method: 'PUT', path: `/${Bucket}/k`, headers, body: Buffer.from('x') })).status).toBe(
      200,
    );
    await owner.s3.send(new CopyObjectCommand({ Bucket, Key: 'copy', CopySource: `${Bucket}/k` }));
    for (const Key of ['k', 'copy']) {
      const head = await sendSigned(owned(), { method: 'HEAD', path: `/${Bucket}/${Key}` });
      expect([Key, head.headers['x-amz-meta-drink']]).toEqual([Key, sent]);
    }
  });

  test('an expectation that is not 100-continue is not heeded', async () => {
    const { host } = new URL(server.s3Url);
    const answer = await exchangeBytes(
      server.s3Url,
      requestBytes('GET /', [
        ['Host', host],
        ['Expect', '200'],
      ]),
    );
    expect([answer.status, answer.code]).toEqual([403, 'AccessDenied']);
  });

  test.each(['GET', 'HEAD'])('%s does not take the header that asks for an encryption', async (method) => {
    const Bucket = await newBucket();
    await put(Bucket, 'k');
    const headers = { 'x-amz-server-side-encryption': 'AES256' };
    expect((await sendSigned(owned(), { method, path: `/${Bucket}/k`, headers })).status).toBe(400);
  });

  test('whoever names a method under Access-Control-Request-Method is told about that one, in any request', async () => {
    const Bucket = await newBucket();
    const CORSRules = [{ AllowedMethods: ['GET'], AllowedOrigins: ['https://page.example'] }];
    await owner.s3.send(new PutBucketCorsCommand({ Bucket, CORSConfiguration: { CORSRules } }));
    const headers = { origin: 'https://page.example', 'access-control-request-method': 'GET', 'content-length': '0' };
    const answer = await send(server, { method: 'PUT', path: `/${Bucket}/k`, headers });
    expect([answer.status, answer.headers['access-control-allow-methods']]).toEqual([403, 'GET']);
  });
});

function owned() {
  return { s3Url: server.s3Url, accessKeyId: owner.accessKeyId, secretAccessKey: owner.secretAccessKey };
}

describe('requests that mean nothing', () => {
  test.each([
    ['GET', '/b/k?uploads', {}, 400, 'InvalidRequest'],
    ['GET', '/b/k?versions', {}, 400, 'InvalidRequest'],
    ['PUT', '/b/k?uploadId=u', {}, 405, 'MethodNotAllowed'],
    ['GET', '/b', { 'x-amz-copy-source': 'b/k' }, 400, 'InvalidArgument'],
    ['DELETE', '/b/k', { 'x-amz-copy-source': 'b/k' }, 400, 'InvalidArgument'],
    ['POST', '/b/k?uploadId=u', { 'x-amz-copy-source': 'b/k' }, 400, 'InvalidArgument'],
    ['PUT', '/b/k', { 'x-amz-copy-source': '192.168.1.1/k' }, 400, 'InvalidArgument'],
  ])('%s %s with %j is %i %s', async (method, path, headers, status, code) => {
    const answer = await sendSigned(owned(), { method, path, headers: { ...headers, 'content-length': '0' } });
    expect([answer.status, answer.code]).toEqual([status, code]);
  });

  test('are about no bucket first of all, but for what another tenant may have', async () => {
    const code = async (path: string, method = 'PUT') =>
      (await sendSigned(owned(), { method, path, headers: { 'content-length': '0' } })).code;
    for (const query of ['retention', 'legal-hold', 'tagging']) {
      expect([query, await code(`/no-such-bucket/k?${query}`)]).toEqual([query, 'NoSuchBucket']);
    }
    expect(await code('/no-such-bucket?object-lock')).toBe('NoSuchBucket');
    expect(await code('/no-such-bucket/k?attributes', 'GET')).toBe('NoSuchBucket');
    expect(await code('/elsewhere:no-such-bucket/k?retention')).toBe('InvalidRequest');
    const md5 = createHash('md5').digest('base64');
    const empty = {
      method: 'PUT',
      path: `/${await newBucket()}?object-lock`,
      headers: { 'content-md5': md5 },
      body: '',
    };
    expect((await sendSigned(owned(), empty)).code).toBe('MissingRequestBodyError');
  });

  test('as markers of parts are told from those that are large', async () => {
    const Bucket = await newBucket();
    const { UploadId } = await owner.s3.send(new CreateMultipartUploadCommand({ Bucket, Key: 'k' }));
    const code = async (marker: string) =>
      (await sendSigned(owned(), { path: `/${Bucket}/k?part-number-marker=${marker}&uploadId=${UploadId}` })).code;
    expect(await code('20000')).toBeUndefined();
    for (const marker of ['x', '-14', '2736457823532448723']) {
      expect(await code(marker)).toBe('InvalidArgument');
    }
  });
});

test('the last bytes of an empty object are all of it, and a wrong digest is shown beside the right one', async () => {
  const Bucket = await newBucket();
  await put(Bucket, 'empty', { Body: Buffer.of() });
  const read = (Range: string) => sendSigned(owned(), { path: `/${Bucket}/empty`, headers: { Range } });
  const all = await read('bytes=-1');
  expect([all.status, all.headers['content-range'], all.headers['content-length']]).toEqual([200, undefined, '0']);
  for (const none of ['bytes=-0', 'bytes=0-', 'bytes=0-0']) {
    expect((await read(none)).code).toBe('InvalidRange');
  }
  const md5 = (text: string) => createHash('md5').update(text).digest();
  const headers = { 'content-md5': md5('a').toString('base64') };
  const answer = await sendSigned(owned(), { method: 'PUT', path: `/${Bucket}/k`, headers, body: 'b' });
  expect(answer.body).toContain(`<ExpectedDigest>${md5('a').toString('hex')}</ExpectedDigest>`);
  expect(answer.body).toContain(`<CalculatedDigest>${md5('b').toString('base64')}</CalculatedDigest>`);
});

test('no version has an empty id', async () => {
  const Bucket = await newBucket();
  await put(Bucket, 'k');
  const answer = await sendSigned(owned(), { path: `/${Bucket}/k?versionId=` });
  expect([answer.status, answer.code]).toEqual([400, 'InvalidArgument']);
  expect(answer.body).toContain('Version id cannot be the empty string');
});

describe('listing', () => {
  test('an empty continuation token stands for the beginning, and is given back', async () => {
    const Bucket = await newBucket();
    await put(Bucket, 'k');
    const page = await owner.s3.send(new ListObjectsV2Command({ Bucket, ContinuationToken: '' }));
    expect([page.ContinuationToken, page.KeyCount]).toEqual(['', 1]);
  });
});

describe('listings of a bucket into which others write', () => {
  const idOf = ({ Owner }: { Owner?: { ID?: string } | undefined }) => Owner?.ID;

  test('show whose each object, version, upload and part is', async () => {
    const Bucket = await newBucket({ ACL: 'public-read-write' });
    await put(Bucket, 'a');
    await other.s3.send(new PutObjectCommand({ Bucket, Key: 'b', Body: 'content' }));
    await send(server, { method: 'PUT', path: `/${Bucket}/c`, body: 'of nobody' });
    const both = [owner.canonicalId, other.canonicalId, owner.canonicalId];
    const listed = await owner.s3.send(new ListObjectsV2Command({ Bucket, FetchOwner: true }));
    expect(listed.Contents?.map(idOf)).toEqual(both);
    const { Versions } = await owner.s3.send(new ListObjectVersionsCommand({ Bucket }));
    expect(Versions?.map(idOf)).toEqual(both);
    const { UploadId } = await other.s3.send(new CreateMultipartUploadCommand({ Bucket, Key: 'u' }));
    const { Uploads } = await owner.s3.send(new ListMultipartUploadsCommand({ Bucket }));
    const parts = await other.s3.send(new ListPartsCommand({ Bucket, Key: 'u', UploadId }));
    for (const shown of [Uploads?.[0], parts]) {
      expect([shown?.Owner?.ID, shown?.Initiator?.ID]).toEqual([other.canonicalId, other.canonicalId]);
    }
  });

  test('show owners to who may list some prefix only, and note no refusal of what was allowed', async () => {
    const Bucket = await newBucket();
    await put(Bucket, 'in/a');
    const { UploadId } = await owner.s3.send(new CreateMultipartUploadCommand({ Bucket, Key: 'in/u' }));
    await putPolicy(Bucket, {
      Action: ['s3:ListBucket', 's3:ListBucketVersions', 's3:ListBucketMultipartUploads'],
      Resource: `arn:aws:s3:::${Bucket}`,
      Condition: { StringEquals: { 's3:prefix': 'in/' } },
    });
    const refusals = async () => {
      await server.granary.decisions.flush();
      return (await server.granary.database.pool.query('SELECT id FROM decision')).rows.length;
    };
    const before = await refusals();
    const Prefix = 'in/';
    const { Contents } = await other.s3.send(new ListObjectsCommand({ Bucket, Prefix }));
    const { Versions } = await other.s3.send(new ListObjectVersionsCommand({ Bucket, Prefix }));
    const { Uploads } = await other.s3.send(new ListMultipartUploadsCommand({ Bucket, Prefix }));
    expect([Contents, Versions, Uploads].map((shown) => shown?.map(idOf))).toEqual([
      [owner.canonicalId],
      [owner.canonicalId],
      [owner.canonicalId],
    ]);
    await putPolicy(Bucket, { Action: 's3:ListMultipartUploadParts', Resource: `arn:aws:s3:::${Bucket}/*` });
    const parts = await other.s3.send(new ListPartsCommand({ Bucket, Key: 'in/u', UploadId }));
    expect(idOf(parts)).toBe(owner.canonicalId);
    expect(await refusals()).toBe(before);
  });

  test('show the bucket’s owner, where it owns what others write', async () => {
    const Bucket = await newBucket({ ObjectOwnership: 'BucketOwnerEnforced' });
    await putPolicy(Bucket, { Action: 's3:PutObject', Resource: `arn:aws:s3:::${Bucket}/*` });
    await other.s3.send(new PutObjectCommand({ Bucket, Key: 'k', Body: 'content' }));
    const { Contents } = await owner.s3.send(new ListObjectsCommand({ Bucket }));
    expect(Contents?.map(idOf)).toEqual([owner.canonicalId]);
  });
});

describe('writes on condition of an entity tag that must not be there', () => {
  test('are done where the object has another one, or is not there, by put and by completed upload', async () => {
    const Bucket = await newBucket();
    const write = (IfNoneMatch: string) => put(Bucket, 'k', { IfNoneMatch });
    const upload = async (IfNoneMatch: string) => {
      const { UploadId } = await owner.s3.send(new CreateMultipartUploadCommand({ Bucket, Key: 'k' }));
      const part = { Bucket, Key: 'k', UploadId };
      const { ETag } = await owner.s3.send(new UploadPartCommand({ ...part, PartNumber: 1, Body: 'part' }));
      const MultipartUpload = { Parts: [{ PartNumber: 1, ETag }] };
      return owner.s3.send(new CompleteMultipartUploadCommand({ ...part, MultipartUpload, IfNoneMatch }));
    };
    for (const attempt of [write, upload]) {
      const { ETag = '' } = await attempt('"other"');
      expect(await outcome(attempt(ETag))).toBe('PreconditionFailed');
      expect(await outcome(attempt('*'))).toBe('PreconditionFailed');
      expect(await outcome(attempt('other'))).toBe('done');
      await owner.s3.send(new DeleteObjectCommand({ Bucket, Key: 'k' }));
      expect(await outcome(attempt(ETag))).toBe('done');
    }
    const { ETag = '' } = await put(Bucket, 'k');
    const together = Array.from({ length: 8 }, (_, i) =>
      put(Bucket, i % 2 === 0 ? 'k' : `k-${i}`, { IfNoneMatch: ETag }),
    );
    const outcomes = await Promise.all(together.map(outcome));
    expect(outcomes).toEqual(together.map((_, i) => (i % 2 === 0 ? 'PreconditionFailed' : 'done')));
  });
});

describe('multipart uploads', () => {
  test('whose parts have no checksums show their parts none the less', async () => {
    const Bucket = await newBucket();
    const { UploadId } = await owner.s3.send(new CreateMultipartUploadCommand({ Bucket, Key: 'k' }));
    const part = { Bucket, Key: 'k', UploadId };
    const { ETag } = await owner.s3.send(new UploadPartCommand({ ...part, PartNumber: 3, Body: 'part' }));
    const MultipartUpload = { Parts: [{ PartNumber: 3, ETag }] };
    await owner.s3.send(new CompleteMultipartUploadCommand({ ...part, MultipartUpload }));
    const ask = { Bucket, Key: 'k', ObjectAttributes: ['ObjectParts' as const], MaxParts: 5, PartNumberMarker: '1' };
    const { ObjectParts } = await owner.s3.send(new GetObjectAttributesCommand(ask));
    expect(ObjectParts).toMatchObject({ TotalPartsCount: 1, MaxParts: 5, IsTruncated: false, PartNumberMarker: '1' });
    expect(ObjectParts?.Parts).toEqual([{ PartNumber: 3, Size: 4 }]);
  });

  test('say where the whole object is', async () => {
    const Bucket = await newBucket();
    const { UploadId } = await owner.s3.send(new CreateMultipartUploadCommand({ Bucket, Key: 'a b' }));
    const part = await owner.s3.send(
      new UploadPartCommand({ Bucket, Key: 'a b', UploadId, PartNumber: 1, Body: 'content' }),
    );
    const MultipartUpload = { Parts: [{ PartNumber: 1, ETag: part.ETag }] };
    const { Location } = await owner.s3.send(
      new CompleteMultipartUploadCommand({ Bucket, Key: 'a b', UploadId, MultipartUpload }),
    );
    expect(Location).toBe(`${server.s3Url}/${Bucket}/a%20b`);
  });

  test('are aborted only by who knows when they were begun, where it says that it does', async () => {
    const Bucket = await newBucket();
    const { UploadId } = await owner.s3.send(new CreateMultipartUploadCommand({ Bucket, Key: 'k' }));
    const { Uploads } = await owner.s3.send(new ListMultipartUploadsCommand({ Bucket }));
    const begun = Uploads?.[0]?.Initiated?.getTime() ?? 0;
    const abort = async (time: string) =>
      (
        await sendSigned(owned(), {
          method: 'DELETE',
          path: `/${Bucket}/k?uploadId=${UploadId}`,
          headers: { 'x-amz-if-match-initiated-time': time },
        })
      ).status;
    expect(await abort('yesterday')).toBe(400);
    expect(await abort(new Date(begun - 60_000).toUTCString())).toBe(412);
    expect(await abort(new Date(begun).toUTCString())).toBe(204);
    expect(await abort(new Date(begun).toUTCString())).toBe(404);
  });

  test('are listed behind an upload that could be one', async () => {
    const Bucket = await newBucket();
    const list = async (marker: string) =>
      (await sendSigned(owned(), { path: `/${Bucket}?uploads=&key-marker=k&upload-id-marker=${marker}` })).code;
    expect(await list('x')).toBe('InvalidArgument');
    expect(await list('0'.repeat(32))).toBeUndefined();
  });

  test('a part with another key than the upload was begun with is InvalidRequest', async () => {
    const Bucket = await newBucket();
    const begun = await owner.s3.send(new CreateMultipartUploadCommand({ Bucket, Key: 'k', ...customerKey() }));
    const part = { Bucket, Key: 'k', UploadId: begun.UploadId, PartNumber: 1, Body: 'x', ...customerKey() };
    expect(await outcome(owner.s3.send(new UploadPartCommand(part)))).toBe('InvalidRequest');
  });
});

function customerKey() {
  const key = randomBytes(32);
  return {
    SSECustomerAlgorithm: 'AES256',
    SSECustomerKey: key.toString('base64'),
    SSECustomerKeyMD5: createHash('md5').update(key).digest('base64'),
  };
}

describe('bucket policies', () => {
  test('are read back letter by letter', async () => {
    const Bucket = await newBucket();
    const Policy = `{ "Statement": [{"Resource": "arn:aws:s3:::${Bucket}/*",\n "Effect" : "Allow", "Principal": "*",
      "Action": "s3:GetObject"}], "Version": "2012-10-17" }`;
    await owner.s3.send(new PutBucketPolicyCommand({ Bucket, Policy }));
    expect((await owner.s3.send(new GetBucketPolicyCommand({ Bucket }))).Policy).toBe(Policy);
  });

  test('name their bucket also by a pattern that fits it, and by no other', async () => {
    const Bucket = await newBucket();
    const list = { Action: 's3:ListBucket' };
    expect(await outcome(putPolicy(Bucket, { ...list, Resource: 'arn:aws:s3:::other-*' }))).toBe('MalformedPolicy');
    expect(await outcome(putPolicy(Bucket, { ...list, Resource: 'arn:aws:s3:eu-1:7:*' }))).toBe('MalformedPolicy');
    for (const Resource of ['arn:aws:s3:::*', 'arn:aws:s3:::edges-*', `arn:aws:s3::*:${Bucket}`]) {
      await putPolicy(Bucket, { ...list, Resource });
      expect(await outcome(other.s3.send(new ListObjectsV2Command({ Bucket })))).toBe('done');
    }
  });

  test('that let write let also grant to the writer and the bucket’s owner, and to nobody else', async () => {
    const Bucket = await newBucket();
    const GrantFullControl = `id=${owner.canonicalId}`;
    const Condition = { StringEquals: { 's3:x-amz-grant-full-control': GrantFullControl } };
    await putPolicy(Bucket, { Action: 's3:PutObject', Resource: `arn:aws:s3:::${Bucket}/*`, Condition });
    const write = (more: object, Key = 'k') =>
      outcome(other.s3.send(new PutObjectCommand({ Bucket, Key, Body: 'content', ...more })));
    expect(await write({ GrantFullControl })).toBe('done');
    const { Grants } = await owner.s3.send(new GetObjectAclCommand({ Bucket, Key: 'k' }));
    expect(Grants).toMatchObject([{ Grantee: { ID: owner.canonicalId }, Permission: 'FULL_CONTROL' }]);
    expect(await write({})).toBe('AccessDenied');
    const GrantRead = 'uri="http://acs.amazonaws.com/groups/global/AllUsers"';
    expect(await write({ GrantFullControl, GrantRead }, 'another')).toBe('AccessDenied');
  });

  test('that let list some keys let also know which of them are missing, and no others', async () => {
    const Bucket = await newBucket();
    await put(Bucket, 'public/there');
    const Condition = { StringLike: { 's3:prefix': 'public/*' } };
    await putPolicy(Bucket, { Action: 's3:ListBucket', Resource: `arn:aws:s3:::${Bucket}`, Condition });
    const read = (Key: string) => outcome(other.s3.send(new GetObjectCommand({ Bucket, Key })));
    expect([await read('public/missing'), await read('public/there'), await read('private/missing')]).toEqual([
      'NoSuchKey',
      'AccessDenied',
      'AccessDenied',
    ]);
    expect(await outcome(other.s3.send(new GetObjectTaggingCommand({ Bucket, Key: 'public/missing' })))).toBe(
      'NoSuchKey',
    );
  });

  test('may deny all but some, and not let them in', async () => {
    const Bucket = await newBucket();
    const statement = { NotPrincipal: { AWS: 'arn:aws:iam::default:user/owner' }, Action: 's3:ListBucket' };
    const put = (Effect: string) =>
      outcome(putPolicy(Bucket, { ...statement, Effect, Principal: undefined, Resource: `arn:aws:s3:::${Bucket}` }));
    expect([await put('Allow'), await put('Deny')]).toEqual(['MalformedPolicy', 'done']);
  });

  test('see the metadata directive of a copy only where the request has one', async () => {
    const Bucket = await newBucket({ ACL: 'public-read' });
    await put(Bucket, 'from', { ACL: 'public-read' });
    const Condition = { StringEquals: { 's3:x-amz-metadata-directive': 'COPY' } };
    await putPolicy(Bucket, { Action: 's3:PutObject', Resource: `arn:aws:s3:::${Bucket}/*`, Condition });
    const CopySource = `${Bucket}/from`;
    const copy = (more: object) =>
      outcome(other.s3.send(new CopyObjectCommand({ Bucket, Key: 'to', CopySource, ...more })));
    expect(await copy({ MetadataDirective: 'COPY' })).toBe('done');
    expect(await copy({})).toBe('AccessDenied');
  });
});

test('a bucket is deleted with the uploads that are under way in it', async () => {
  const Bucket = await newBucket();
  const { UploadId } = await owner.s3.send(new CreateMultipartUploadCommand({ Bucket, Key: 'k' }));
  await owner.s3.send(new UploadPartCommand({ Bucket, Key: 'k', UploadId, PartNumber: 1, Body: 'content' }));
  await owner.s3.send(new DeleteBucketCommand({ Bucket }));
  expect(await outcome(owner.s3.send(new ListPartsCommand({ Bucket, Key: 'k', UploadId })))).toBe('NoSuchBucket');
  const { rows } = await server.granary.database.pool.query(
    `SELECT u.state, (SELECT count(*) FROM upload_part p WHERE p.upload_id = u.id)::int AS parts
     FROM upload u WHERE replace(u.id::text, '-', '') = $1`,
    [UploadId],
  );
  expect(rows).toEqual([{ state: 'ABORTED', parts: 0 }]);
  const events = await server.granary.database.pool.query(
    `SELECT details FROM event WHERE action = 's3:DeleteBucket' ORDER BY id DESC LIMIT 1`,
  );
  expect(events.rows).toEqual([{ details: { name: Bucket, abortedUploads: 1 } }]);
});

test('a name with nothing before its colon is a bucket of the first tenant', async () => {
  await server.graphql('mutation { createTenant(input: { name: "elsewhere" }) { userErrors { message } } }');
  const { accessKeyId, secretAccessKey } = await makeS3User(server, { username: 'guest', tenant: 'elsewhere' });
  const guest = { s3Url: server.s3Url, accessKeyId, secretAccessKey };
  const Bucket = await newBucket();
  await putPolicy(Bucket, { Action: 's3:ListBucket', Resource: `arn:aws:s3:::${Bucket}` });
  expect((await sendSigned(guest, { path: `/${Bucket}` })).code).toBe('NoSuchBucket');
  expect((await sendSigned(guest, { path: `/:${Bucket}` })).status).toBe(200);
});

test('who may write into a bucket by its list may tag what it writes, and nothing else', async () => {
  const Bucket = await newBucket({ ACL: 'public-read-write' });
  await put(Bucket, 'owners');
  const tagging = '<Tagging><TagSet><Tag><Key>a</Key><Value>b</Value></Tag></TagSet></Tagging>';
  const fields: [string, string][] = [
    ['key', 'k'],
    ['tagging', tagging],
  ];
  expect((await postForm(server, { bucket: Bucket, fields, file: 'content' })).status).toBe(204);
  const { TagSet } = await owner.s3.send(new GetObjectTaggingCommand({ Bucket, Key: 'k' }));
  expect(TagSet).toEqual([{ Key: 'a', Value: 'b' }]);
  const answer = await send(server, { method: 'PUT', path: `/${Bucket}/owners?tagging=`, body: tagging });
  expect(answer.code).toBe('AccessDenied');
});

describe('lifecycle', () => {
  const expireSoon = { ID: 'soon', Status: 'Enabled' as const, Prefix: 'old/', Expiration: { Days: 1 } };
  const configure = (Bucket: string, ...Rules: object[]) =>
    owner.s3.send(
      new PutBucketLifecycleConfigurationCommand({ Bucket, LifecycleConfiguration: { Rules: Rules as never } }),
    );

  test('rules are read back in the form in which they were written', async () => {
    const Bucket = await newBucket();
    const filtered = { ID: 'filtered', Status: 'Disabled', Filter: { Prefix: 'b/' }, Expiration: { Days: 2 } };
    await configure(Bucket, expireSoon, filtered);
    const { Rules } = await owner.s3.send(new GetBucketLifecycleConfigurationCommand({ Bucket }));
    expect(Rules).toEqual([expireSoon, filtered]);
  });

  test('the date of expiry is by real days where shorter ones are set', async () => {
    const Bucket = await newBucket();
    await configure(Bucket, expireSoon);
    const before = Date.now();
    const { Expiration } = await put(Bucket, 'old/k');
    const [, date = ''] = /^expiry-date="([^"]+)", rule-id="soon"$/.exec(Expiration ?? '') ?? [];
    expect(Date.parse(date)).toBeGreaterThan(before + 86_400_000);
  });

  test('short days are kept: what is due is gone after seconds, and so is a log with a short interval', async () => {
    const Bucket = await newBucket();
    await configure(Bucket, expireSoon);
    await put(Bucket, 'old/k');
    await put(Bucket, 'new/k');
    const log = await newBucket();
    await admitLogs(owner.s3, { from: Bucket, to: log });
    const LoggingEnabled = { TargetBucket: log, TargetPrefix: '' };
    await owner.s3.send(new PutBucketLoggingCommand({ Bucket, BucketLoggingStatus: { LoggingEnabled } }));
    const jobs = await startJobs(server.granary);
    try {
      const keys = async () => {
        const { Contents = [] } = await owner.s3.send(new ListObjectsV2Command({ Bucket }));
        return Contents.map(({ Key }) => Key);
      };
      while ((await keys()).includes('old/k')) {
        await delay(100);
      }
      expect(await keys()).toEqual(['new/k']);
      for (let delivered = 0; delivered < 2; await delay(100)) {
        // Twice: a run each minute would have the first, but not the next one so soon.
        delivered = (await keysOf(owner.s3, log)).length;
        await keys();
      }
    } finally {
      await jobs.stop();
    }
  }, 60_000);
});

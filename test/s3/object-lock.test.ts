import {
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetBucketVersioningCommand,
  GetObjectCommand,
  GetObjectLegalHoldCommand,
  GetObjectLockConfigurationCommand,
  GetObjectRetentionCommand,
  HeadObjectCommand,
  PutBucketPolicyCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  PutObjectLegalHoldCommand,
  PutObjectLockConfigurationCommand,
  PutObjectRetentionCommand,
  type S3Client,
  S3ServiceException,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { startTestServer, type TestServer } from '../support/server.js';
import { send, sendSigned } from './raw-request.js';

const day = 86_400_000;
let server: TestServer;
let s3: S3Client;
let buckets = 0;

beforeAll(async () => {
  server = await startTestServer();
  s3 = server.s3;
});

afterAll(async () => {
  expect(server.problems).toEqual([]);
  await server.stop();
});

async function newBucket(): Promise<string> {
  const Bucket = `locked-${++buckets}`;
  await s3.send(new CreateBucketCommand({ Bucket, ObjectLockEnabledForBucket: true }));
  return Bucket;
}

/** With whole seconds, as SDKs send it in headers. */
function inDays(days: number): Date {
  return new Date(Math.floor(Date.now() / 1000) * 1000 + days * day);
}

async function failure(promise: Promise<unknown>): Promise<[string, number | undefined]> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof S3ServiceException) {
      return [error.name, error.$metadata.httpStatusCode];
    }
    throw error;
  }
  return ['none', undefined];
}

test('a bucket made with object lock says so, and has versioning for good', async () => {
  const Bucket = await newBucket();
  expect(await s3.send(new GetBucketVersioningCommand({ Bucket }))).toMatchObject({ Status: 'Enabled' });
  const { ObjectLockConfiguration } = await s3.send(new GetObjectLockConfigurationCommand({ Bucket }));
  expect(ObjectLockConfiguration).toEqual({ ObjectLockEnabled: 'Enabled' });
  const suspend = new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: 'Suspended' } });
  expect(await failure(s3.send(suspend))).toEqual(['InvalidBucketState', 409]);
});

test('object lock comes to an existing bucket that has versioning', async () => {
  const Bucket = 'existing';
  await s3.send(new CreateBucketCommand({ Bucket, ObjectLockEnabledForBucket: false }));
  const missing = s3.send(new GetObjectLockConfigurationCommand({ Bucket }));
  expect(await failure(missing)).toEqual(['ObjectLockConfigurationNotFoundError', 404]);
  const ObjectLockConfiguration = {
    ObjectLockEnabled: 'Enabled' as const,
    Rule: { DefaultRetention: { Mode: 'GOVERNANCE' as const, Days: 3 } },
  };
  const enable = () => s3.send(new PutObjectLockConfigurationCommand({ Bucket, ObjectLockConfiguration }));
  expect(await failure(enable())).toEqual(['InvalidBucketState', 409]);
  await s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: 'Enabled' } }));
  await enable();
  const found = await s3.send(new GetObjectLockConfigurationCommand({ Bucket }));
  expect(found.ObjectLockConfiguration).toEqual(ObjectLockConfiguration);
  await s3.send(new PutObjectCommand({ Bucket, Key: 'key', Body: 'x' }));
  const head = await s3.send(new HeadObjectCommand({ Bucket, Key: 'key' }));
  expect(head.ObjectLockMode).toBe('GOVERNANCE');
  expect(Math.abs(Number(head.ObjectLockRetainUntilDate) - Number(inDays(3)))).toBeLessThan(60_000);
});

test.each([
  ['<ObjectLockConfiguration/>', 'MalformedXML'],
  [configuration('', 'Disabled'), 'MalformedXML'],
  [configuration('<Rule/>'), 'MalformedXML'],
  [configuration(rule('')), 'MalformedXML'],
  [configuration(rule('<Mode>GOVERNANCE</Mode>')), 'MalformedXML'],
  [configuration(rule('<Mode>governance</Mode><Days>1</Days>')), 'MalformedXML'],
  [configuration(rule('<Mode>GOVERNANCE</Mode><Days>1</Days><Years>1</Years>')), 'MalformedXML'],
  [configuration(rule('<Mode>GOVERNANCE</Mode><Days>one</Days>')), 'MalformedXML'],
  [configuration(rule('<Mode>GOVERNANCE</Mode><Days>0</Days>')), 'InvalidArgument'],
  [configuration(rule('<Mode>GOVERNANCE</Mode><Years>-1</Years>')), 'InvalidArgument'],
  [configuration(rule('<Mode>GOVERNANCE</Mode><Days>36501</Days>')), 'InvalidArgument'],
  [configuration(rule('<Mode>GOVERNANCE</Mode><DefaultEventHold/><Days>1</Days>')), 'NotImplemented'],
])('the configuration %s is refused', async (body, code) => {
  const Bucket = await newBucket();
  expect(await putDocument(`/${Bucket}?object-lock=`, body)).toMatchObject({ code });
  const found = await s3.send(new GetObjectLockConfigurationCommand({ Bucket }));
  expect(found.ObjectLockConfiguration).toEqual({ ObjectLockEnabled: 'Enabled' });
});

test('what an upload asks to be kept by comes back on reads, by header and by document', async () => {
  const Bucket = await newBucket();
  const ObjectLockRetainUntilDate = inDays(2);
  const lock = {
    ObjectLockMode: 'COMPLIANCE' as const,
    ObjectLockRetainUntilDate,
    ObjectLockLegalHoldStatus: 'ON' as const,
  };
  const target = { Bucket, Key: 'key' };
  await s3.send(new PutObjectCommand({ ...target, Body: 'kept', ...lock }));
  expect(await s3.send(new HeadObjectCommand(target))).toMatchObject(lock);
  expect(await s3.send(new GetObjectCommand(target))).toMatchObject(lock);
  expect(await s3.send(new GetObjectRetentionCommand(target))).toMatchObject({
    Retention: { Mode: 'COMPLIANCE', RetainUntilDate: ObjectLockRetainUntilDate },
  });
  expect(await s3.send(new GetObjectLegalHoldCommand(target))).toMatchObject({ LegalHold: { Status: 'ON' } });
});

test('a multipart upload and a copy are kept by what they ask for', async () => {
  const Bucket = await newBucket();
  const lock = { ObjectLockMode: 'GOVERNANCE' as const, ObjectLockRetainUntilDate: inDays(2) };
  const target = { Bucket, Key: 'parts' };
  const { UploadId } = await s3.send(new CreateMultipartUploadCommand({ ...target, ...lock }));
  const { ETag } = await s3.send(new UploadPartCommand({ ...target, UploadId, PartNumber: 1, Body: 'part' }));
  const MultipartUpload = { Parts: [{ ETag, PartNumber: 1 }] };
  await s3.send(new CompleteMultipartUploadCommand({ ...target, UploadId, MultipartUpload }));
  expect(await s3.send(new HeadObjectCommand(target))).toMatchObject(lock);
  const copy = { Bucket, Key: 'copy', CopySource: `${Bucket}/parts` };
  await s3.send(new CopyObjectCommand(copy));
  const plain = await s3.send(new HeadObjectCommand({ Bucket, Key: 'copy' }));
  expect([plain.ObjectLockMode, plain.ObjectLockLegalHoldStatus]).toEqual([undefined, undefined]);
  await s3.send(new CopyObjectCommand({ ...copy, ObjectLockLegalHoldStatus: 'ON' }));
  expect(await s3.send(new HeadObjectCommand({ Bucket, Key: 'copy' }))).toMatchObject({
    ObjectLockLegalHoldStatus: 'ON',
  });
});

test.each([
  [{ 'x-amz-object-lock-mode': 'GOVERNANCE' }, 'InvalidArgument'],
  [{ 'x-amz-object-lock-retain-until-date': '2100-01-01T00:00:00Z' }, 'InvalidArgument'],
  [{ 'x-amz-object-lock-mode': 'governance', ...until('2100-01-01T00:00:00Z') }, 'InvalidArgument'],
  [{ 'x-amz-object-lock-mode': 'GOVERNANCE', ...until('abc') }, 'InvalidArgument'],
  [{ 'x-amz-object-lock-mode': 'GOVERNANCE', ...until('2100-02-30T00:00:00Z') }, 'InvalidArgument'],
  [{ 'x-amz-object-lock-mode': 'GOVERNANCE', ...until('2001-01-01T00:00:00Z') }, 'InvalidArgument'],
  [{ 'x-amz-object-lock-legal-hold': 'on' }, 'InvalidArgument'],
  [{ 'x-amz-object-lock-event-hold': 'ON' }, 'NotImplemented'],
])('an upload with %j is refused, and nothing is stored', async (lock, code) => {
  const Bucket = await newBucket();
  const path = `/${Bucket}/key`;
  const headers = { 'content-md5': 'ndTkYSaMgDT1yFZOFVxnpg==', ...lock };
  expect(await sendSigned(server, { method: 'PUT', path, headers, body: 'x' })).toMatchObject({ code });
  expect(await sendSigned(server, { path })).toMatchObject({ status: 404 });
});

test('what will be kept must come with a digest, and so must the documents about it', async () => {
  const Bucket = await newBucket();
  const path = `/${Bucket}/key`;
  const hold = { 'x-amz-object-lock-legal-hold': 'ON' };
  const put = (headers: Record<string, string>) => sendSigned(server, { method: 'PUT', path, headers, body: 'x' });
  expect(await put(hold)).toMatchObject({ status: 400, code: 'InvalidRequest' });
  expect(await put({})).toMatchObject({ status: 200 });
  const DefaultRetention = { Mode: 'GOVERNANCE' as const, Days: 1 };
  const ObjectLockConfiguration = { ObjectLockEnabled: 'Enabled' as const, Rule: { DefaultRetention } };
  await s3.send(new PutObjectLockConfigurationCommand({ Bucket, ObjectLockConfiguration }));
  expect(await put({})).toMatchObject({ status: 400, code: 'InvalidRequest' });
  expect(await send(server, { method: 'PUT', path, body: 'x' })).toMatchObject({ status: 403 });
  for (const query of ['?retention=', '?legal-hold=']) {
    const bare = { method: 'PUT', path: `${path}${query}`, body: '<Retention/>' };
    expect(await sendSigned(server, bare)).toMatchObject({ status: 400, code: 'InvalidRequest' });
  }
});

test.each([
  ['retention', '<Retention><Mode>GOVERNANCE</Mode></Retention>', 'MalformedXML'],
  ['retention', retention('GOVERNANCE', 'tomorrow'), 'MalformedXML'],
  ['retention', retention('Governance', '2100-01-01T00:00:00Z'), 'MalformedXML'],
  ['retention', retention('GOVERNANCE', '2001-01-01T00:00:00Z'), 'InvalidArgument'],
  ['retention', '<Retention><EventHold>ON</EventHold></Retention>', 'NotImplemented'],
  ['retention', '<LegalHold/>', 'MalformedXML'],
  ['legal-hold', '<LegalHold/>', 'MalformedXML'],
  ['legal-hold', '<LegalHold><Status>on</Status></LegalHold>', 'MalformedXML'],
])('the %s document %s is refused', async (name, body, code) => {
  const Bucket = await newBucket();
  await s3.send(new PutObjectCommand({ Bucket, Key: 'key', Body: 'x' }));
  expect(await putDocument(`/${Bucket}/key?${name}=`, body)).toMatchObject({
    status: code === 'NotImplemented' ? 501 : 400,
    code,
  });
  const none = s3.send(new GetObjectRetentionCommand({ Bucket, Key: 'key' }));
  expect(await failure(none)).toEqual(['NoSuchObjectLockConfiguration', 404]);
});

test('a bucket without object lock has no retentions and no holds', async () => {
  const target = { Bucket: 'ordinary', Key: 'key' };
  await s3.send(new CreateBucketCommand({ Bucket: target.Bucket }));
  await s3.send(new PutObjectCommand({ ...target, Body: 'x' }));
  const Retention = { Mode: 'GOVERNANCE' as const, RetainUntilDate: inDays(1) };
  const invalid = ['InvalidRequest', 400];
  expect(await failure(s3.send(new PutObjectRetentionCommand({ ...target, Retention })))).toEqual(invalid);
  expect(await failure(s3.send(new GetObjectRetentionCommand(target)))).toEqual(invalid);
  expect(await failure(s3.send(new GetObjectLegalHoldCommand(target)))).toEqual(invalid);
  const hold = new PutObjectLegalHoldCommand({ ...target, LegalHold: { Status: 'ON' } });
  expect(await failure(s3.send(hold))).toEqual(invalid);
  const held = new PutObjectCommand({ ...target, Body: 'y', ObjectLockLegalHoldStatus: 'ON' });
  expect(await failure(s3.send(held))).toEqual(invalid);
});

test('a hold that was never placed is no lock, and one that was lifted or refused at the write is OFF', async () => {
  const Bucket = await newBucket();
  const target = { Bucket, Key: 'key' };
  const held = async () => (await s3.send(new GetObjectLegalHoldCommand(target))).LegalHold?.Status;
  await s3.send(new PutObjectCommand({ ...target, Body: 'x' }));
  expect(await failure(held())).toEqual(['NoSuchObjectLockConfiguration', 404]);
  for (const Status of ['ON', 'OFF'] as const) {
    await s3.send(new PutObjectLegalHoldCommand({ ...target, LegalHold: { Status } }));
    expect(await held()).toBe(Status);
  }
  for (const ObjectLockLegalHoldStatus of ['ON', 'OFF'] as const) {
    await s3.send(new PutObjectCommand({ ...target, Body: 'x', ObjectLockLegalHoldStatus }));
    expect(await held()).toBe(ObjectLockLegalHoldStatus);
  }
  const Retention = { Mode: 'GOVERNANCE' as const, RetainUntilDate: inDays(1) };
  await s3.send(new PutObjectCommand({ ...target, Body: 'x' }));
  await s3.send(new PutObjectRetentionCommand({ ...target, Retention }));
  expect(await failure(held())).toEqual(['NoSuchObjectLockConfiguration', 404]);
});

test('governance gives way to the bypass header alone, and compliance to nothing', async () => {
  const Bucket = await newBucket();
  const denied = ['AccessDenied', 403];
  for (const Mode of ['GOVERNANCE', 'COMPLIANCE'] as const) {
    const target = { Bucket, Key: Mode };
    const { VersionId } = await s3.send(new PutObjectCommand({ ...target, Body: 'x' }));
    const retain = (days: number, bypass = {}) =>
      s3.send(
        new PutObjectRetentionCommand({
          ...target,
          ...bypass,
          Retention: { Mode, RetainUntilDate: inDays(days) },
        }),
      );
    const bypass = { BypassGovernanceRetention: true };
    await retain(5);
    await retain(10);
    expect(await failure(retain(4))).toEqual(denied);
    const isGovernance = Mode === 'GOVERNANCE';
    expect(await failure(retain(4, bypass))).toEqual(isGovernance ? ['none', undefined] : denied);
    const remove = (more = {}) => s3.send(new DeleteObjectCommand({ ...target, VersionId, ...more }));
    expect(await failure(remove())).toEqual(denied);
    expect(await failure(remove(bypass))).toEqual(isGovernance ? ['none', undefined] : denied);
  }
});

test('an empty retention takes governance away, with the bypass', async () => {
  const Bucket = await newBucket();
  const lock = { ObjectLockMode: 'GOVERNANCE' as const, ObjectLockRetainUntilDate: inDays(2) };
  await s3.send(new PutObjectCommand({ Bucket, Key: 'key', Body: 'x', ...lock }));
  const clear = (more = {}) => s3.send(new PutObjectRetentionCommand({ Bucket, Key: 'key', Retention: {}, ...more }));
  expect(await failure(clear())).toEqual(['AccessDenied', 403]);
  await clear({ BypassGovernanceRetention: true });
  const none = s3.send(new GetObjectRetentionCommand({ Bucket, Key: 'key' }));
  expect(await failure(none)).toEqual(['NoSuchObjectLockConfiguration', 404]);
});

test('a bulk delete says for each locked version that it is, and deletes the others', async () => {
  const Bucket = await newBucket();
  const lock = { ObjectLockMode: 'GOVERNANCE' as const, ObjectLockRetainUntilDate: inDays(2) };
  const locked = await s3.send(new PutObjectCommand({ Bucket, Key: 'locked', Body: 'x', ...lock }));
  const free = await s3.send(new PutObjectCommand({ Bucket, Key: 'free', Body: 'x' }));
  const Objects = [
    { Key: 'locked', VersionId: locked.VersionId },
    { Key: 'free', VersionId: free.VersionId },
  ];
  const remove = (more = {}) => s3.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects }, ...more }));
  const first = await remove();
  expect(first.Errors).toMatchObject([{ Key: 'locked', VersionId: locked.VersionId, Code: 'AccessDenied' }]);
  expect(first.Deleted).toMatchObject([{ Key: 'free', VersionId: free.VersionId }]);
  const second = await remove({ BypassGovernanceRetention: true });
  expect(second.Errors).toBeUndefined();
  const gone = s3.send(new HeadObjectCommand({ Bucket, Key: 'locked', VersionId: locked.VersionId }));
  expect((await failure(gone))[1]).toBe(404);
});

test('a lock is shown to those only who may see it', async () => {
  const Bucket = await newBucket();
  const lock = { ObjectLockMode: 'GOVERNANCE' as const, ObjectLockRetainUntilDate: inDays(2) };
  const held = { ...lock, ObjectLockLegalHoldStatus: 'ON' as const };
  await s3.send(new PutObjectCommand({ Bucket, Key: 'key', Body: 'x', ...held }));
  const seen = async (...actions: string[]) => {
    const Resource = `arn:aws:s3:::${Bucket}/*`;
    const statement = { Effect: 'Allow', Principal: '*', Action: actions.map((name) => `s3:${name}`), Resource };
    const Policy = JSON.stringify({ Version: '2012-10-17', Statement: [statement] });
    await s3.send(new PutBucketPolicyCommand({ Bucket, Policy }));
    const { status, headers } = await send(server, { method: 'HEAD', path: `/${Bucket}/key` });
    expect(status).toBe(200);
    return Object.keys(headers).filter((name) => name.startsWith('x-amz-object-lock-'));
  };
  const [mode, until, hold] = ['mode', 'retain-until-date', 'legal-hold'].map((name) => `x-amz-object-lock-${name}`);
  expect(await seen('GetObject')).toEqual([]);
  expect(await seen('GetObject', 'GetObjectRetention')).toEqual([mode, until]);
  expect(await seen('GetObject', 'GetObjectLegalHold')).toEqual([hold]);
  expect(await seen('GetObject', 'GetObjectLegalHold', 'GetObjectRetention')).toEqual([mode, until, hold]);
});

function configuration(rules: string, enabled = 'Enabled'): string {
  return `<ObjectLockConfiguration><ObjectLockEnabled>${enabled}</ObjectLockEnabled>${rules}</ObjectLockConfiguration>`;
}

function rule(content: string): string {
  return `<Rule><DefaultRetention>${content}</DefaultRetention></Rule>`;
}

function retention(mode: string, date: string): string {
  return `<Retention><Mode>${mode}</Mode><RetainUntilDate>${date}</RetainUntilDate></Retention>`;
}

function until(date: string): Record<string, string> {
  return { 'x-amz-object-lock-retain-until-date': date };
}

async function putDocument(path: string, body: string) {
  const digest = Buffer.from(await crypto.subtle.digest('SHA-256', Buffer.from(body))).toString('base64');
  return sendSigned(server, { method: 'PUT', path, headers: { 'x-amz-checksum-sha256': digest }, body });
}

import {
  CreateBucketCommand,
  DeleteBucketOwnershipControlsCommand,
  DeleteBucketTaggingCommand,
  DeletePublicAccessBlockCommand,
  GetBucketAccelerateConfigurationCommand,
  GetBucketEncryptionCommand,
  GetBucketOwnershipControlsCommand,
  GetBucketRequestPaymentCommand,
  GetBucketTaggingCommand,
  GetPublicAccessBlockCommand,
  HeadObjectCommand,
  PutBucketAccelerateConfigurationCommand,
  PutBucketEncryptionCommand,
  PutBucketOwnershipControlsCommand,
  PutBucketRequestPaymentCommand,
  PutBucketTaggingCommand,
  PutObjectCommand,
  PutPublicAccessBlockCommand,
  type S3ServiceException,
} from '@aws-sdk/client-s3';
import { makeS3User, type S3User } from '../support/s3-user.js';
import { startTestServer, type TestServer } from '../support/server.js';
import { sendSigned } from './raw-request.js';

let server: TestServer;
let member: S3User;
let Bucket: string;
let count = 0;

beforeAll(async () => {
  server = await startTestServer();
  member = await makeS3User(server, { username: 'member' });
});

beforeEach(async () => {
  count += 1;
  Bucket = `settings-${count}`;
  await server.s3.send(new CreateBucketCommand({ Bucket }));
});

afterAll(async () => {
  expect(server.problems).toEqual([]);
  await server.stop();
});

async function codeOf(work: Promise<unknown>): Promise<string> {
  try {
    await work;
    return 'none';
  } catch (error) {
    return (error as S3ServiceException).name;
  }
}

async function shown(fields: string, name = Bucket) {
  const { data } = await server.graphql(`query($name: String!) { bucket(name: $name) { ${fields} } }`, { name });
  return data.bucket;
}

async function set(mutation: string, input: object) {
  const type = `${mutation.charAt(0).toUpperCase()}${mutation.slice(1)}Input`;
  const { data, errors } = await server.graphql(
    `mutation($input: ${type}!) { ${mutation}(input: $input) { userErrors { code field message } } }`,
    { input: { bucket: Bucket, ...input } },
  );
  return errors ?? data[mutation].userErrors;
}

describe('the tags of a bucket', () => {
  const TagSet = [
    { Key: 'cost', Value: '' },
    { Key: 'team', Value: 'a' },
  ];

  test('are put, read and deleted', async () => {
    expect(await codeOf(server.s3.send(new GetBucketTaggingCommand({ Bucket })))).toBe('NoSuchTagSet');
    await server.s3.send(new PutBucketTaggingCommand({ Bucket, Tagging: { TagSet } }));
    expect((await server.s3.send(new GetBucketTaggingCommand({ Bucket }))).TagSet).toEqual(TagSet);
    expect(await shown('tags { key value }')).toEqual({
      tags: [
        { key: 'cost', value: '' },
        { key: 'team', value: 'a' },
      ],
    });
    await server.s3.send(new DeleteBucketTaggingCommand({ Bucket }));
    expect(await codeOf(server.s3.send(new GetBucketTaggingCommand({ Bucket })))).toBe('NoSuchTagSet');
  });

  test('may be 50, and not 51', async () => {
    const tags = (n: number) => Array.from({ length: n }, (_, i) => ({ Key: `k${i}`, Value: 'v' }));
    await server.s3.send(new PutBucketTaggingCommand({ Bucket, Tagging: { TagSet: tags(50) } }));
    const more = new PutBucketTaggingCommand({ Bucket, Tagging: { TagSet: tags(51) } });
    expect(await codeOf(server.s3.send(more))).toBe('BadRequest');
  });

  test('may not begin with aws: or come twice', async () => {
    const put = (tags: { Key: string; Value: string }[]) =>
      codeOf(server.s3.send(new PutBucketTaggingCommand({ Bucket, Tagging: { TagSet: tags } })));
    expect(await put([{ Key: 'aws:a', Value: '' }])).toBe('InvalidTag');
    expect(
      await put([
        { Key: 'a', Value: '' },
        { Key: 'a', Value: '' },
      ]),
    ).toBe('InvalidTag');
  });

  test('can be given when the bucket is created, and through GraphQL', async () => {
    const CreateBucketConfiguration = { Tags: TagSet };
    await server.s3.send(new CreateBucketCommand({ Bucket: `${Bucket}-tagged`, CreateBucketConfiguration }));
    expect((await shown('tags { key }', `${Bucket}-tagged`)).tags).toEqual([{ key: 'cost' }, { key: 'team' }]);
    expect(await set('setBucketTags', { tags: [{ key: 'x', value: 'y' }] })).toEqual([]);
    expect((await server.s3.send(new GetBucketTaggingCommand({ Bucket }))).TagSet).toEqual([{ Key: 'x', Value: 'y' }]);
  });

  test("are the owner's to set", async () => {
    expect(await codeOf(member.s3.send(new PutBucketTaggingCommand({ Bucket, Tagging: { TagSet } })))).toBe(
      'AccessDenied',
    );
  });
});

describe('who pays for requests', () => {
  test('is the owner, until something else is said', async () => {
    expect((await server.s3.send(new GetBucketRequestPaymentCommand({ Bucket }))).Payer).toBe('BucketOwner');
    const RequestPaymentConfiguration = { Payer: 'Requester' as const };
    await server.s3.send(new PutBucketRequestPaymentCommand({ Bucket, RequestPaymentConfiguration }));
    expect((await server.s3.send(new GetBucketRequestPaymentCommand({ Bucket }))).Payer).toBe('Requester');
    expect(await shown('requestPayer')).toEqual({ requestPayer: 'REQUESTER' });
    expect(await set('setBucketRequestPayment', { payer: 'BUCKET_OWNER' })).toEqual([]);
    expect((await server.s3.send(new GetBucketRequestPaymentCommand({ Bucket }))).Payer).toBe('BucketOwner');
  });

  test('is nobody else', async () => {
    const body = '<RequestPaymentConfiguration><Payer>Nobody</Payer></RequestPaymentConfiguration>';
    const answer = await sendSigned(server, { method: 'PUT', path: `/${Bucket}?requestPayment=`, body });
    expect(answer.code).toBe('MalformedXML');
  });
});

describe('transfer acceleration', () => {
  test('is not set at first, then kept and shown', async () => {
    const read = async () => (await server.s3.send(new GetBucketAccelerateConfigurationCommand({ Bucket }))).Status;
    expect(await read()).toBeUndefined();
    for (const Status of ['Enabled', 'Suspended'] as const) {
      const AccelerateConfiguration = { Status };
      await server.s3.send(new PutBucketAccelerateConfigurationCommand({ Bucket, AccelerateConfiguration }));
      expect(await read()).toBe(Status);
    }
    expect(await shown('acceleration')).toEqual({ acceleration: 'SUSPENDED' });
    expect(await set('setBucketAcceleration', { acceleration: 'ENABLED' })).toEqual([]);
    expect(await read()).toBe('Enabled');
  });

  test('is refused for a bucket with a period in its name', async () => {
    await server.s3.send(new CreateBucketCommand({ Bucket: 'a.period' }));
    const AccelerateConfiguration = { Status: 'Enabled' as const };
    const put = new PutBucketAccelerateConfigurationCommand({ Bucket: 'a.period', AccelerateConfiguration });
    expect(await codeOf(server.s3.send(put))).toBe('InvalidRequest');
  });
});

describe('the ownership of objects', () => {
  const read = async (name = Bucket) =>
    (await server.s3.send(new GetBucketOwnershipControlsCommand({ Bucket: name }))).OwnershipControls?.Rules;

  test("is the bucket owner's in a new bucket, unless its maker says otherwise", async () => {
    expect(await read()).toEqual([{ ObjectOwnership: 'BucketOwnerEnforced' }]);
    const ObjectOwnership = 'ObjectWriter';
    await server.s3.send(new CreateBucketCommand({ Bucket: `${Bucket}-writer`, ObjectOwnership }));
    expect(await read(`${Bucket}-writer`)).toEqual([{ ObjectOwnership }]);
    const wrong = new CreateBucketCommand({ Bucket: `${Bucket}-wrong`, ObjectOwnership: 'Nobody' as 'ObjectWriter' });
    expect(await codeOf(server.s3.send(wrong))).toBe('InvalidArgument');
  });

  test('can be set and taken away', async () => {
    const OwnershipControls = { Rules: [{ ObjectOwnership: 'BucketOwnerPreferred' as const }] };
    await server.s3.send(new PutBucketOwnershipControlsCommand({ Bucket, OwnershipControls }));
    expect(await read()).toEqual([{ ObjectOwnership: 'BucketOwnerPreferred' }]);
    await server.s3.send(new DeleteBucketOwnershipControlsCommand({ Bucket }));
    expect(await codeOf(read())).toBe('OwnershipControlsNotFoundError');
    expect(await shown('objectOwnership')).toEqual({ objectOwnership: null });
    expect(await set('setBucketOwnership', { ownership: 'OBJECT_WRITER' })).toEqual([]);
    expect(await read()).toEqual([{ ObjectOwnership: 'ObjectWriter' }]);
  });

  test('is one of three', async () => {
    const body = '<OwnershipControls><Rule><ObjectOwnership>Nobody</ObjectOwnership></Rule></OwnershipControls>';
    const answer = await sendSigned(server, { method: 'PUT', path: `/${Bucket}?ownershipControls=`, body });
    expect(answer.code).toBe('MalformedXML');
  });
});

describe('the public access block', () => {
  test('is not set at first, then kept, shown and taken away', async () => {
    const read = () => server.s3.send(new GetPublicAccessBlockCommand({ Bucket }));
    expect(await codeOf(read())).toBe('NoSuchPublicAccessBlockConfiguration');
    const PublicAccessBlockConfiguration = { BlockPublicAcls: true, RestrictPublicBuckets: true };
    await server.s3.send(new PutPublicAccessBlockCommand({ Bucket, PublicAccessBlockConfiguration }));
    expect((await read()).PublicAccessBlockConfiguration).toEqual({
      BlockPublicAcls: true,
      IgnorePublicAcls: false,
      BlockPublicPolicy: false,
      RestrictPublicBuckets: true,
    });
    expect(await set('setPublicAccessBlock', { block: { ignorePublicAcls: true } })).toEqual([]);
    expect((await shown('publicAccessBlock { blockPublicAcls ignorePublicAcls }')).publicAccessBlock).toEqual({
      blockPublicAcls: false,
      ignorePublicAcls: true,
    });
    await server.s3.send(new DeletePublicAccessBlockCommand({ Bucket }));
    expect(await codeOf(read())).toBe('NoSuchPublicAccessBlockConfiguration');
  });
});

test('a default encryption keeps the choice of bucket keys, for clients that compare', async () => {
  const rule = { ApplyServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' as const } };
  const put = (BucketKeyEnabled: boolean) =>
    server.s3.send(
      new PutBucketEncryptionCommand({
        ...{ Bucket, ServerSideEncryptionConfiguration: { Rules: [{ ...rule, BucketKeyEnabled }] } },
      }),
    );
  const kept = async () => {
    const { ServerSideEncryptionConfiguration } = await server.s3.send(new GetBucketEncryptionCommand({ Bucket }));
    const { encryption } = await shown('encryption { algorithm bucketKeyEnabled }');
    return [ServerSideEncryptionConfiguration?.Rules, encryption];
  };
  await put(true);
  expect(await kept()).toEqual([
    [{ ...rule, BucketKeyEnabled: true }],
    { algorithm: 'AES256', bucketKeyEnabled: true },
  ]);
  await server.s3.send(new PutObjectCommand({ Bucket, Key: 'k', Body: 'x' }));
  const object = await server.s3.send(new HeadObjectCommand({ Bucket, Key: 'k' }));
  expect([object.ServerSideEncryption, object.BucketKeyEnabled]).toEqual(['AES256', undefined]);
  await put(false);
  expect(await kept()).toEqual([
    [{ ...rule, BucketKeyEnabled: false }],
    { algorithm: 'AES256', bucketKeyEnabled: false },
  ]);
  expect(
    await set('setBucketEncryption', { bucket: Bucket, encryption: { algorithm: 'AES256' }, bucketKeyEnabled: true }),
  ).toEqual([]);
  expect((await kept())[1]).toEqual({ algorithm: 'AES256', bucketKeyEnabled: true });
  const steps: [object, object | null][] = [
    [{}, { algorithm: 'AES256', bucketKeyEnabled: true }],
    [{ encryption: { algorithm: 'KMS' } }, { algorithm: 'KMS', bucketKeyEnabled: true }],
    [{ bucketKeyEnabled: false }, { algorithm: 'KMS', bucketKeyEnabled: false }],
    [{ encryption: { algorithm: 'AES256' } }, { algorithm: 'AES256', bucketKeyEnabled: false }],
    [{ bucketKeyEnabled: true }, { algorithm: 'AES256', bucketKeyEnabled: true }],
    [{ encryption: null }, null],
  ];
  for (const [input, expected] of steps) {
    expect(await set('setBucketEncryption', { bucket: Bucket, ...input })).toEqual([]);
    expect((await shown('encryption { algorithm bucketKeyEnabled }')).encryption).toEqual(expected);
  }
});

test('a default encryption may name a key that is not there yet: writes fail until it is', async () => {
  const setKey = (KMSMasterKeyID: string) => {
    const Rules = [{ ApplyServerSideEncryptionByDefault: { SSEAlgorithm: 'aws:kms' as const, KMSMasterKeyID } }];
    return server.s3.send(new PutBucketEncryptionCommand({ Bucket, ServerSideEncryptionConfiguration: { Rules } }));
  };
  const write = () => codeOf(server.s3.send(new PutObjectCommand({ Bucket, Key: 'k', Body: 'x' })));
  await setKey('arn:aws:kms:us-east-1:123456789012:key/later');
  const { ServerSideEncryptionConfiguration } = await server.s3.send(new GetBucketEncryptionCommand({ Bucket }));
  expect(ServerSideEncryptionConfiguration?.Rules?.[0]?.ApplyServerSideEncryptionByDefault).toEqual({
    SSEAlgorithm: 'aws:kms',
    KMSMasterKeyID: 'arn:aws:kms:::key/later',
  });
  expect(await write()).toBe('KMS.NotFoundException');
  await server.graphql('mutation { createEncryptionKey(input: { name: "later" }) { userErrors { code } } }');
  expect(await write()).toBe('none');
  expect(await codeOf(setKey(' '))).toBe('InvalidArgument');
  const byGraphql = await set('setBucketEncryption', { bucket: Bucket, encryption: { algorithm: 'KMS', keyId: 'no' } });
  expect(byGraphql).toMatchObject([{ code: expect.any(String) }]);
});

import { createHash, randomBytes } from 'node:crypto';
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteBucketEncryptionCommand,
  GetBucketEncryptionCommand,
  GetObjectCommand,
  HeadObjectCommand,
  PutBucketEncryptionCommand,
  PutObjectCommand,
  type S3Client,
  type S3ServiceException,
  UploadPartCommand,
  UploadPartCopyCommand,
} from '@aws-sdk/client-s3';
import { startTestServer, type TestServer } from '../support/server.js';

const MIB = 1024 * 1024;
const Bucket = 'sealed';

let server: TestServer;
let s3: S3Client;

beforeAll(async () => {
  server = await startTestServer();
  s3 = server.s3;
  await s3.send(new CreateBucketCommand({ Bucket }));
});

afterAll(async () => {
  await server?.stop();
});

function customerKey(key = randomBytes(32)) {
  return {
    SSECustomerAlgorithm: 'AES256',
    SSECustomerKey: key.toString('base64'),
    SSECustomerKeyMD5: createHash('md5').update(key).digest('base64'),
  };
}

function sourceKey(key: ReturnType<typeof customerKey>) {
  return {
    CopySourceSSECustomerAlgorithm: key.SSECustomerAlgorithm,
    CopySourceSSECustomerKey: key.SSECustomerKey,
    CopySourceSSECustomerKeyMD5: key.SSECustomerKeyMD5,
  };
}

async function read(Key: string, options: object = {}): Promise<Buffer> {
  const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key, ...options }));
  return Buffer.from((await Body?.transformToByteArray()) ?? []);
}

async function failure(work: Promise<unknown>): Promise<[string, number | undefined]> {
  try {
    await work;
    return ['none', undefined];
  } catch (error) {
    const { name, $metadata } = error as S3ServiceException;
    return [name, $metadata?.httpStatusCode];
  }
}

async function storedRows(): Promise<{ path: string | null; domain: string | null; format: number }[]> {
  const { rows } = await server.granary.database.pool.query('SELECT path, domain, format FROM blob ORDER BY id');
  return rows;
}

describe('what nobody asked to encrypt', () => {
  test('is sealed with the server’s key, and says so', async () => {
    const body = randomBytes(3 * MIB);
    const put = await s3.send(new PutObjectCommand({ Bucket, Key: 'plain', Body: body }));
    expect(put.ServerSideEncryption).toBe('AES256');
    expect((await s3.send(new HeadObjectCommand({ Bucket, Key: 'plain' }))).ServerSideEncryption).toBe('AES256');
    expect((await read('plain')).equals(body)).toBe(true);
    const rows = await storedRows();
    expect(rows.at(-1)).toMatchObject({ domain: 'hot/sealed', format: 1 });
    expect(rows.at(-1)?.path).not.toContain(createHash('sha256').update(body).digest('hex'));
  });

  test('is sealed as the bucket says, once it says so', async () => {
    const rule = { ApplyServerSideEncryptionByDefault: { SSEAlgorithm: 'aws:kms' as const } };
    await s3.send(new PutBucketEncryptionCommand({ Bucket, ServerSideEncryptionConfiguration: { Rules: [rule] } }));
    const { ServerSideEncryptionConfiguration: configuration } = await s3.send(
      new GetBucketEncryptionCommand({ Bucket }),
    );
    const [{ ApplyServerSideEncryptionByDefault: byDefault } = {}] = configuration?.Rules ?? [];
    expect(byDefault).toMatchObject({
      SSEAlgorithm: 'aws:kms',
      KMSMasterKeyID: expect.stringMatching(/^arn:aws:kms:/),
    });
    const put = await s3.send(new PutObjectCommand({ Bucket, Key: 'by-default', Body: 'x' }));
    expect([put.ServerSideEncryption, put.SSEKMSKeyId]).toEqual(['aws:kms', byDefault?.KMSMasterKeyID]);
    await s3.send(new DeleteBucketEncryptionCommand({ Bucket }));
    const again = await s3.send(new PutObjectCommand({ Bucket, Key: 'by-default', Body: 'x' }));
    expect(again.ServerSideEncryption).toBe('AES256');
  });
});

describe('a customer’s key', () => {
  test.each([10, 100_000, 3 * MIB])('opens its object of %d bytes, and nothing else does', async (size) => {
    const Key = `customer-${size}`;
    const body = randomBytes(size);
    const key = customerKey();
    const put = await s3.send(new PutObjectCommand({ Bucket, Key, Body: body, ...key }));
    expect([put.SSECustomerAlgorithm, put.SSECustomerKeyMD5]).toEqual(['AES256', key.SSECustomerKeyMD5]);
    expect((await read(Key, key)).equals(body)).toBe(true);
    expect((await read(Key, { ...key, Range: 'bytes=3-7' })).equals(body.subarray(3, 8))).toBe(true);
    expect(await failure(read(Key))).toEqual(['InvalidRequest', 400]);
    expect(await failure(read(Key, customerKey()))).toEqual(['InvalidRequest', 400]);
    expect((await failure(s3.send(new HeadObjectCommand({ Bucket, Key }))))[1]).toBe(400);
    expect((await s3.send(new HeadObjectCommand({ Bucket, Key, ...key }))).ContentLength).toBe(size);
  });

  test('keeps equal bytes apart', async () => {
    const before = (await storedRows()).length;
    const [Body, key] = [randomBytes(100_000), customerKey()];
    await s3.send(new PutObjectCommand({ Bucket, Key: 'twin-1', Body, ...key }));
    await s3.send(new PutObjectCommand({ Bucket, Key: 'twin-2', Body, ...key }));
    expect((await storedRows()).length - before).toBe(2);
  });

  test('seals the parts of an upload, and no part can come without it', async () => {
    const key = customerKey();
    const Key = 'parts';
    const { UploadId } = await s3.send(new CreateMultipartUploadCommand({ Bucket, Key, ...key }));
    const part = { Bucket, Key, UploadId };
    const bodies = [randomBytes(5 * MIB), randomBytes(1000)];
    const refused = s3.send(new UploadPartCommand({ ...part, PartNumber: 1, Body: bodies[0] }));
    expect(await failure(refused)).toEqual(['InvalidRequest', 400]);
    const Parts: { ETag: string | undefined; PartNumber: number }[] = [];
    for (const [i, Body] of bodies.entries()) {
      const { ETag } = await s3.send(new UploadPartCommand({ ...part, PartNumber: i + 1, Body, ...key }));
      Parts.push({ ETag, PartNumber: i + 1 });
    }
    const copied = await s3
      .send(
        new UploadPartCopyCommand({
          ...part,
          PartNumber: 3,
          CopySource: `${Bucket}/customer-10`,
          ...key,
        }),
      )
      .catch((error: S3ServiceException) => error.name);
    expect(copied).toBe('InvalidRequest');
    const complete = (more: object) =>
      s3.send(new CompleteMultipartUploadCommand({ ...part, MultipartUpload: { Parts }, ...more }));
    expect(await failure(complete(customerKey()))).toEqual(['InvalidRequest', 400]);
    await complete(key);
    expect((await read(Key, key)).equals(Buffer.concat(bodies))).toBe(true);
    expect(await failure(read(Key))).toEqual(['InvalidRequest', 400]);
  });

  test('must come when an upload with a checksum is completed, and need not without one', async () => {
    const key = customerKey();
    const begin = async (Key: string, more: object) => {
      const { UploadId } = await s3.send(new CreateMultipartUploadCommand({ Bucket, Key, ...key, ...more }));
      const part = { Bucket, Key, UploadId };
      const sent = await s3.send(new UploadPartCommand({ ...part, PartNumber: 1, Body: 'x', ...key, ...more }));
      const MultipartUpload = { Parts: [{ PartNumber: 1, ETag: sent.ETag, ChecksumSHA256: sent.ChecksumSHA256 }] };
      return (own: object) => s3.send(new CompleteMultipartUploadCommand({ ...part, MultipartUpload, ...own }));
    };
    const checked = await begin('checked', { ChecksumAlgorithm: 'SHA256' });
    expect(await failure(checked({}))).toEqual(['InvalidArgument', 400]);
    expect(await failure(checked(key))).toEqual(['none', undefined]);
    expect((await read('checked', key)).toString()).toBe('x');
    const plain = await begin('unchecked', {});
    expect(await failure(plain({}))).toEqual(['none', undefined]);
  });

  test('is not needed for a copy that is sealed another way', async () => {
    const key = customerKey();
    const Body = randomBytes(200_000);
    await s3.send(new PutObjectCommand({ Bucket, Key: 'secret', Body, ...key }));
    const CopySource = `${Bucket}/secret`;
    expect(await failure(s3.send(new CopyObjectCommand({ Bucket, Key: 'open', CopySource })))).toEqual([
      'InvalidRequest',
      400,
    ]);
    const copy = await s3.send(new CopyObjectCommand({ Bucket, Key: 'open', CopySource, ...sourceKey(key) }));
    expect(copy.ServerSideEncryption).toBe('AES256');
    expect((await read('open')).equals(Body)).toBe(true);
    const other = customerKey();
    const again = { Bucket, Key: 'resealed', CopySource, ...sourceKey(key), ...other };
    await s3.send(new CopyObjectCommand(again));
    expect((await read('resealed', other)).equals(Body)).toBe(true);
  });

  test('that is no key is refused before the body is taken', async () => {
    const put = (headers: object) => s3.send(new PutObjectCommand({ Bucket, Key: 'no', Body: 'x', ...headers }));
    const key = customerKey();
    expect(await failure(put({ ...key, SSECustomerKey: 'c2hvcnQ=' }))).toEqual(['InvalidArgument', 400]);
    expect(await failure(put({ ...key, SSECustomerAlgorithm: 'AES128' }))).toEqual([
      'InvalidEncryptionAlgorithmError',
      400,
    ]);
    expect(await failure(put({ ...key, ServerSideEncryption: 'AES256' }))).toEqual(['InvalidArgument', 400]);
    expect(await failure(read('plain', key))).toEqual(['InvalidRequest', 400]);
  });
});

describe('a bucket that blocks keys of customers', () => {
  const shown = async () => {
    const { ServerSideEncryptionConfiguration } = await s3.send(new GetBucketEncryptionCommand({ Bucket }));
    const { data } = await server.graphql(
      `{ bucket(name: "${Bucket}") { blockedEncryption encryption { algorithm } } }`,
    );
    return [ServerSideEncryptionConfiguration?.Rules, data.bucket.blockedEncryption, data.bucket.encryption];
  };
  const put = (rule: object) =>
    s3.send(new PutBucketEncryptionCommand({ Bucket, ServerSideEncryptionConfiguration: { Rules: [rule] } }));
  const blocking = (...types: string[]) => ({ BlockedEncryptionTypes: { EncryptionType: types } });
  const byDefault = { ApplyServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' }, BucketKeyEnabled: false };
  const denied = ['AccessDenied', 403];

  afterAll(() => s3.send(new DeleteBucketEncryptionCommand({ Bucket })));

  test('refuses to be written with them, and is read with them as before', async () => {
    const key = customerKey();
    const at = { Bucket, Key: 'before', ...key };
    await s3.send(new PutObjectCommand({ ...at, Body: 'kept' }));
    const { UploadId } = await s3.send(new CreateMultipartUploadCommand(at));
    const { ETag } = await s3.send(new UploadPartCommand({ ...at, UploadId, PartNumber: 1, Body: 'x' }));
    await put(blocking('SSE-C'));
    const CopySource = `${Bucket}/before`;
    const MultipartUpload = { Parts: [{ ETag, PartNumber: 1 }] };
    const writes = [
      new PutObjectCommand({ ...at, Body: 'x' }),
      new CreateMultipartUploadCommand(at),
      new CopyObjectCommand({ ...at, CopySource, ...sourceKey(key) }),
      new UploadPartCommand({ ...at, UploadId, PartNumber: 2, Body: 'x' }),
      new UploadPartCopyCommand({ ...at, UploadId, PartNumber: 2, CopySource, ...sourceKey(key) }),
      new CompleteMultipartUploadCommand({ ...at, UploadId, MultipartUpload }),
    ];
    for (const write of writes) {
      expect([write.constructor.name, await failure(s3.send(write as PutObjectCommand))]).toEqual([
        write.constructor.name,
        denied,
      ]);
    }
    expect((await read('before', key)).toString()).toBe('kept');
    await s3.send(new CopyObjectCommand({ Bucket, Key: 'opened', CopySource, ...sourceKey(key) }));
    expect((await read('opened')).toString()).toBe('kept');
    await s3.send(new AbortMultipartUploadCommand({ Bucket, Key: 'before', UploadId }));
    await put(blocking('NONE'));
    await s3.send(new PutObjectCommand({ ...at, Body: 'again' }));
    expect((await read('before', key)).toString()).toBe('again');
  });

  test('shows it beside the default encryption, which is the server’s where it has none', async () => {
    await put(blocking('SSE-C'));
    expect(await shown()).toEqual([[{ ...byDefault, ...blocking('SSE-C') }], ['CUSTOMER'], null]);
    const written = await s3.send(new PutObjectCommand({ Bucket, Key: 'by-server', Body: 'x' }));
    expect(written.ServerSideEncryption).toBe('AES256');
    await put({ ...byDefault, ...blocking('NONE') });
    expect(await shown()).toEqual([[{ ...byDefault, ...blocking('NONE') }], [], { algorithm: 'AES256' }]);
    await put({ ...byDefault, ...blocking('SSE-C') });
    await s3.send(new DeleteBucketEncryptionCommand({ Bucket }));
    expect(await shown()).toEqual([[byDefault], [], null]);
  });

  test('may be told so by GraphQL, and blocks nothing else', async () => {
    const set = async (blockedEncryption?: string[] | null, more = {}) => {
      const { data } = await server.graphql(
        'mutation($input: SetBucketEncryptionInput!) { setBucketEncryption(input: $input) { userErrors { field } } }',
        { input: { bucket: Bucket, blockedEncryption, ...more } },
      );
      return data.setBucketEncryption.userErrors;
    };
    expect(await set(['CUSTOMER'])).toEqual([]);
    expect(await failure(s3.send(new PutObjectCommand({ Bucket, Key: 'k', Body: 'x', ...customerKey() })))).toEqual(
      denied,
    );
    expect(await set(['KMS'])).toEqual([{ field: ['input', 'blockedEncryption'] }]);
    expect(await set(undefined, { encryption: { algorithm: 'AES256' } })).toEqual([]);
    expect(await set(null, { encryption: null })).toEqual([]);
    expect((await shown()).slice(1)).toEqual([['CUSTOMER'], null]);
    expect(await set([])).toEqual([]);
    expect((await shown())[1]).toEqual([]);
    for (const rule of [{}, blocking(), blocking('SSE-C', 'NONE'), blocking('AES256')]) {
      expect(await failure(put(rule))).toEqual(['MalformedXML', 400]);
    }
  });
});

describe('an encryption key of the tenant', () => {
  test('seals what asks for it, opens it, and closes it while it is disabled', async () => {
    const created = await server.graphql(
      'mutation { createEncryptionKey(input: { name: "invoices" }) { encryptionKey { id keyId enabled } userErrors { code } } }',
    );
    const { keyId } = created.data.createEncryptionKey.encryptionKey;
    const Body = randomBytes(100_000);
    const put = { Bucket, ServerSideEncryption: 'aws:kms' as const };
    const large = await s3.send(new PutObjectCommand({ ...put, Key: 'kms', Body, SSEKMSKeyId: keyId }));
    expect(large.SSEKMSKeyId).toContain(keyId);
    await s3.send(new PutObjectCommand({ ...put, Key: 'kms-small', Body: 'small', SSEKMSKeyId: 'invoices' }));
    expect((await read('kms')).equals(Body)).toBe(true);
    expect((await read('kms-small')).toString()).toBe('small');
    const set =
      'mutation($s: EncryptionKeyState!) { updateEncryptionKey(input: { name: "invoices", state: $s }) { userErrors { code } } }';
    await server.graphql(set, { s: 'DISABLED' });
    expect(await failure(read('kms'))).toEqual(['KMS.DisabledException', 400]);
    expect(await failure(read('kms-small'))).toEqual(['KMS.DisabledException', 400]);
    await server.graphql(set, { s: 'ENABLED' });
    expect((await read('kms-small')).toString()).toBe('small');
  });

  test('is named in answers as the writer named it', async () => {
    const id = 'a5000000-0000-4000-8000-000000000001';
    const make =
      'mutation($name: String!) { createEncryptionKey(input: { name: $name }) { encryptionKey { keyId } userErrors { code } } }';
    const { keyId } = (await server.graphql(make, { name: id })).data.createEncryptionKey.encryptionKey;
    const asked = (SSEKMSKeyId?: string) => ({
      Bucket,
      Key: 'named',
      ServerSideEncryption: 'aws:kms' as const,
      SSEKMSKeyId,
    });
    for (const name of [id, keyId, `arn:aws:kms:::key/${keyId}`]) {
      expect((await s3.send(new PutObjectCommand({ ...asked(name), Body: 'x' }))).SSEKMSKeyId).toBe(name);
      expect((await s3.send(new HeadObjectCommand({ Bucket, Key: 'named' }))).SSEKMSKeyId).toBe(name);
    }
    const { UploadId, SSEKMSKeyId } = await s3.send(new CreateMultipartUploadCommand(asked(id)));
    const part = { Bucket, Key: 'named', UploadId };
    const uploaded = await s3.send(new UploadPartCommand({ ...part, PartNumber: 1, Body: 'x' }));
    const MultipartUpload = { Parts: [{ PartNumber: 1, ETag: uploaded.ETag }] };
    const completed = await s3.send(new CompleteMultipartUploadCommand({ ...part, MultipartUpload }));
    expect([SSEKMSKeyId, uploaded.SSEKMSKeyId, completed.SSEKMSKeyId]).toEqual([id, id, id]);
    expect((await s3.send(new PutObjectCommand({ ...asked('alias/invoices'), Body: 'x' }))).SSEKMSKeyId).toMatch(
      /^arn:/,
    );
  });

  test('that is not there, or is another tenant’s, is not found', async () => {
    const put = { Bucket, Key: 'k', Body: 'x', ServerSideEncryption: 'aws:kms' as const };
    expect(await failure(s3.send(new PutObjectCommand({ ...put, SSEKMSKeyId: 'nothing' })))).toEqual([
      'KMS.NotFoundException',
      400,
    ]);
  });
});

test('no key of a customer, and no secret, is in the database or in a message', async () => {
  const key = randomBytes(32);
  await s3.send(new PutObjectCommand({ Bucket, Key: 'searched', Body: 'x'.repeat(100_000), ...customerKey(key) }));
  const tables = await server.granary.database.pool.query(
    `SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'public' AND table_type = 'BASE TABLE'`,
  );
  const needles = [key.toString('base64'), key.toString('hex'), server.secretAccessKey];
  for (const { name } of tables.rows) {
    const { rows } = await server.granary.database.pool.query(`SELECT t::text AS text FROM "${name}" t`);
    for (const { text } of rows) {
      expect(needles.filter((needle) => text.includes(needle))).toEqual([]);
    }
  }
});

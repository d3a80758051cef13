import { type RawRequest, sendSigned } from '../s3/raw-request.js';
import type { TestServer } from '../support/server.js';
import { expectRefused, openBesiegedServer } from './siege.js';
import { type Member, openTenant } from './tenant-member.js';

let server: TestServer;
let alpha: Member;
let beta: Member;

beforeAll(async () => {
  server = await openBesiegedServer();
  alpha = await openTenant(server, 'alpha');
  beta = await openTenant(server, 'beta');
  for (const [member, path] of [
    [alpha, '/same'],
    [alpha, '/a-files'],
    [beta, '/same'],
    [beta, '/b-files'],
  ] as const) {
    await sendSigned(member, { method: 'PUT', path });
  }
});

afterAll(async () => {
  expect(server.problems).toEqual([]);
  await server.stop();
});

describe('32: the id of somebody else’s upload', () => {
  const complete =
    '<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>"5d41402abc4b2a76b9719d911017c592"</ETag></Part></CompleteMultipartUpload>';
  let uploadId = '';

  beforeAll(async () => {
    const { body } = await sendSigned(beta, { method: 'POST', path: '/same/big?uploads=' });
    uploadId = /<UploadId>(\w+)<\/UploadId>/.exec(body)?.[1] ?? '';
    const part = { method: 'PUT', path: `/same/big?partNumber=1&uploadId=${uploadId}`, body: 'hello' };
    expect((await sendSigned(beta, part)).status).toBe(200);
  });

  /** Everything that can be done with an upload. */
  function deeds(place: string): RawRequest[] {
    const copied = { 'x-amz-copy-source': 'same/own' };
    return [
      { method: 'PUT', path: `${place}?partNumber=1&uploadId=${uploadId}`, body: 'forged' },
      { method: 'PUT', path: `${place}?partNumber=2&uploadId=${uploadId}`, body: 'x'.repeat(100_000) },
      { method: 'PUT', path: `${place}?partNumber=1&uploadId=${uploadId}`, headers: copied },
      { method: 'POST', path: `${place}?uploadId=${uploadId}`, body: complete },
      { method: 'GET', path: `${place}?uploadId=${uploadId}` },
      { method: 'DELETE', path: `${place}?uploadId=${uploadId}` },
    ];
  }

  test('32: is NoSuchUpload in one’s own bucket, also of the same name and key', async () => {
    await sendSigned(alpha, { method: 'PUT', path: '/same/own', body: 'own' });
    for (const deed of [...deeds('/same/big'), ...deeds('/a-files/big')]) {
      await expectRefused(server, () => sendSigned(alpha, deed), [404, 'NoSuchUpload']);
    }
    const { body } = await sendSigned(alpha, { path: '/same?uploads=' });
    expect(body).not.toContain(uploadId);
  });

  test('32: is NoSuchBucket in the stranger’s bucket', async () => {
    for (const deed of deeds('/beta:same/big')) {
      await expectRefused(server, () => sendSigned(alpha, deed), [404, 'NoSuchBucket']);
    }
  });

  test('32: is NoSuchUpload with another key, even for its owner', async () => {
    await sendSigned(beta, { method: 'PUT', path: '/same/own', body: 'own' });
    for (const deed of [...deeds('/same/other'), ...deeds('/same/Big'), ...deeds('/b-files/big')]) {
      await expectRefused(server, () => sendSigned(beta, deed), [404, 'NoSuchUpload']);
    }
  });

  test.each(['', '0', 'x'.repeat(5000), '0'.repeat(32), '%27%3B--', '..%2F..', 'null'])(
    '32: an id like "%s" is NoSuchUpload',
    async (id) => {
      const list = { method: 'GET', path: `/same/big?uploadId=${id}` };
      await expectRefused(server, () => sendSigned(beta, list), [404, 'NoSuchUpload']);
    },
  );

  test('32: and after all that its owner completes it as it was', async () => {
    const done = await sendSigned(beta, { method: 'POST', path: `/same/big?uploadId=${uploadId}`, body: complete });
    expect(done.status).toBe(200);
    expect((await sendSigned(beta, { path: '/same/big' })).body).toBe('hello');
  });
});

import { createPresignedPost, type PresignedPostOptions } from '@aws-sdk/s3-presigned-post';
import { type AnsweredForm, postForm, type SentForm } from '../s3/post-form.js';
import { send } from '../s3/raw-request.js';
import { makeS3User, type S3User } from '../support/s3-user.js';
import type { TestServer } from '../support/server.js';
import { processorTimeOf } from './response-time.js';
import { openBesiegedServer, withstand } from './siege.js';
import { openTenant } from './tenant-member.js';

let server: TestServer;
let reader: S3User;

beforeAll(async () => {
  server = await openBesiegedServer();
  reader = await makeS3User(server, { username: 'reader', role: 'READ_ONLY' });
});

afterAll(async () => {
  expect(server.problems).toEqual([]);
  await server.stop();
});

type Conditions = NonNullable<PresignedPostOptions['Conditions']>;

async function signed(Conditions: Conditions = [], user: Pick<S3User, 's3'> = server): Promise<[string, string][]> {
  const { fields } = await createPresignedPost(user.s3, { Bucket: 'bucket', Key: 'mine', Conditions });
  return Object.entries(fields);
}

async function expectRefusedForm(form: SentForm, answer: [number, string]): Promise<void> {
  const { status, code }: AnsweredForm = await withstand(server, () => postForm(server, { bucket: 'bucket', ...form }));
  expect([status, code]).toEqual(answer);
}

test('14: a form whose key, size or type is not that of its policy is refused', async () => {
  const otherKey = (await signed()).map(([name, value]): [string, string] => [name, name === 'key' ? 'yours' : value]);
  await expectRefusedForm({ fields: otherKey }, [403, 'AccessDenied']);
  const typed: Conditions = [['eq', '$Content-Type', 'image/png']];
  await expectRefusedForm({ fields: [...(await signed(typed)), ['Content-Type', 'text/html']] }, [403, 'AccessDenied']);
  // For the size AWS has codes of its own.
  const sized: Conditions = [['content-length-range', 10, 100_000]];
  await expectRefusedForm({ fields: await signed(sized), file: 'small' }, [400, 'EntityTooSmall']);
  await expectRefusedForm({ fields: await signed(sized), file: 'x'.repeat(3_000_000) }, [400, 'EntityTooLarge']);
});

test('15: a form for another bucket is refused', async () => {
  const other = await createPresignedPost(server.s3, { Bucket: 'other', Key: 'mine' });
  await expectRefusedForm({ fields: Object.entries(other.fields) }, [403, 'AccessDenied']);
});

test('16: a form that a read-only user signed is refused', async () => {
  await expectRefusedForm({ fields: await signed([], reader) }, [403, 'AccessDenied']);
});

test("28: no form reaches the service itself, another tenant's bucket, or a place outside of buckets", async () => {
  const fields = await signed();
  await expectRefusedForm({ fields, bucket: '' }, [405, 'MethodNotAllowed']);
  const stranger = await openTenant(server, 'stranger');
  const answer = await withstand(server, async () => {
    const form = await createPresignedPost(server.s3, { Bucket: 'bucket', Key: 'mine' });
    return postForm(stranger, { bucket: 'stranger:bucket', fields: Object.entries(form.fields) });
  });
  expect(answer.status).toBe(403);
  await expectRefusedForm({ fields: [['key', 'x']], bucket: '.granary.sys' }, [404, 'NoSuchBucket']);
  await expectRefusedForm({ fields: [['key', 'x']], bucket: '..%2fbucket' }, [404, 'NoSuchBucket']);
});

test('43: a boundary of 252 hyphens takes no time', async () => {
  const boundary = '-'.repeat(252);
  const spent = await processorTimeOf(async () => {
    await withstand(server, () =>
      send(server, {
        method: 'POST',
        path: '/bucket',
        headers: { 'content-type': `multipart/form-data; boundary=${boundary}` },
        body: '-'.repeat(1_000_000),
      }),
    );
  });
  expect(spent).toBeLessThan(2000);
});

test('44: broken headers of parts are 400', async () => {
  for (const head of ['', ':', 'content-disposition: form-data', 'content-disposition: form-data; name="a', '\0']) {
    const body = `--x\r\n${head}\r\n\r\nvalue\r\n--x--\r\n`;
    const headers = { 'content-type': 'multipart/form-data; boundary=x' };
    const answer = await withstand(server, () => send(server, { method: 'POST', path: '/bucket', headers, body }));
    expect(answer.status).toBe(400);
  }
});

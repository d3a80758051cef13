import type { Caller } from '../../../src/auth/caller.js';
import { openBucket } from '../../../src/operations/access/authorize.js';
import { createBucket } from '../../../src/operations/buckets/create-bucket.js';
import { deleteBucketPolicy } from '../../../src/operations/buckets/delete-bucket-policy.js';
import { getBucketPolicy } from '../../../src/operations/buckets/get-bucket-policy.js';
import { putBucketPolicy } from '../../../src/operations/buckets/put-bucket-policy.js';
import type { RequestContext } from '../../../src/operations/context.js';
import { createUser } from '../../../src/operations/identities/create-user.js';
import { as, type IdentityFixture, openIdentityFixture, userOf } from '../identities/identity-fixture.js';

const password = 'correct horse battery';
const bucket = 'photos';
let fixture: IdentityFixture;
let owner: RequestContext;
let ann: RequestContext;
let anonymous: RequestContext;

beforeAll(async () => {
  fixture = await openIdentityFixture();
  for (const username of ['owner', 'ann']) {
    await createUser(fixture.admin, { username, password });
  }
  owner = await fixture.signIn('owner', password);
  ann = await fixture.signIn('ann', password);
  const { tenantId, tenantName } = userOf(owner);
  const nobody: Caller = { kind: 'anonymous', tenantId, tenantName };
  anonymous = as(fixture.granary, nobody);
  await createBucket(owner, { bucket });
});

afterAll(() => fixture?.close());

const read = (context: RequestContext, key: string) => openBucket(context, { bucket, key }, 's3:GetObject');

const policy = {
  Version: '2012-10-17',
  Statement: [
    { Effect: 'Allow', Principal: '*', Action: 's3:GetObject', Resource: 'arn:aws:s3:::photos/public/*' },
    {
      Effect: 'Deny',
      Principal: { AWS: 'arn:aws:iam::default:user/ann' },
      Action: 's3:*',
      Resource: ['arn:aws:s3:::photos', 'arn:aws:s3:::photos/*'],
    },
  ],
};

test('a policy is in force at once, is read back as it was put, and is gone when it was deleted', async () => {
  const denied = { kind: 'Denied' };
  await expect(read(anonymous, 'public/a')).rejects.toMatchObject(denied);
  await expect(getBucketPolicy(owner, { bucket })).rejects.toMatchObject({ reason: 'NoSuchBucketPolicy' });
  expect(await putBucketPolicy(owner, { bucket, policy: JSON.stringify(policy) })).toMatchObject({ name: bucket });
  expect(await getBucketPolicy(owner, { bucket })).toBe(JSON.stringify(policy));
  await read(anonymous, 'public/a');
  await expect(read(anonymous, 'private/a')).rejects.toMatchObject(denied);
  await expect(read(ann, 'public/a')).rejects.toMatchObject(denied);
  await deleteBucketPolicy(owner, { bucket });
  await deleteBucketPolicy(owner, { bucket });
  await expect(read(anonymous, 'public/a')).rejects.toMatchObject(denied);
  expect(await fixture.events('s3:PutBucketPolicy')).toMatchObject([
    { actorId: userOf(owner).userId, details: { policy } },
  ]);
});

test('a policy is put, read and deleted only by who may', async () => {
  for (const context of [ann, anonymous]) {
    await expect(putBucketPolicy(context, { bucket, policy })).rejects.toMatchObject({ kind: 'Denied' });
    await expect(getBucketPolicy(context, { bucket })).rejects.toMatchObject({ kind: 'Denied' });
    await expect(deleteBucketPolicy(context, { bucket })).rejects.toMatchObject({ kind: 'Denied' });
  }
});

test('a policy that is not wholly understood is refused and the one before it stays', async () => {
  await putBucketPolicy(owner, { bucket, policy });
  const [statement] = policy.Statement;
  const conditional = { ...policy, Statement: [{ ...statement, Condition: { Bool: {} } }] };
  await expect(putBucketPolicy(owner, { bucket, policy: conditional })).rejects.toMatchObject({
    kind: 'InvalidInput',
    reason: 'MalformedPolicy',
    data: { place: 'Statement[0].Condition.Bool' },
  });
  expect(await getBucketPolicy(owner, { bucket })).toBe(JSON.stringify(policy));
});

test('a change is soon in force in other processes', async () => {
  const other = await fixture.openAnother();
  const there = as(other, anonymous.caller);
  await putBucketPolicy(owner, { bucket, policy });
  await read(there, 'public/a');
  await deleteBucketPolicy(owner, { bucket });
  const until = Date.now() + 5000;
  const isOpen = () =>
    read(there, 'public/a').then(
      () => true,
      () => false,
    );
  while ((await isOpen()) && Date.now() < until) {
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  expect(await isOpen()).toBe(false);
});

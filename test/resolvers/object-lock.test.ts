import { sendForm, singleUpload } from '../http/multipart.js';
import { freePort } from '../support/emulators/free-port.js';
import { startTestServer, type TestServer } from '../support/server.js';
import { putTestObjects } from './objects.js';

const day = 86_400_000;
let server: TestServer;

beforeAll(async () => {
  server = await startTestServer({ s3Port: await freePort() });
});

afterAll(async () => {
  expect(server.problems).toEqual([]);
  await server.stop();
});

async function ask(query: string, variables: object = {}) {
  const { data, errors } = await server.graphql(query, variables);
  expect(errors).toBeUndefined();
  return data;
}

const createBucket = `mutation($input: CreateBucketInput!) { createBucket(input: $input) {
  bucket { versioning objectLock { defaultRetention { mode days years } } } userErrors { code field }
} }`;

const setBucketObjectLock = `mutation($input: SetBucketObjectLockInput!) { setBucketObjectLock(input: $input) {
  bucket { objectLock { defaultRetention { mode days years } } } userErrors { code field }
} }`;

const setRetention = `mutation($input: SetObjectRetentionInput!) { setObjectRetention(input: $input) {
  object { retention { mode retainUntil } legalHold } userErrors { code field }
} }`;

const setLegalHold = `mutation($input: SetObjectLegalHoldInput!) { setObjectLegalHold(input: $input) {
  object { retention { mode } legalHold } userErrors { code }
} }`;

const remove = `mutation($input: DeleteObjectInput!) { deleteObject(input: $input) {
  deleteMarker versionId userErrors { code }
} }`;

test('uploads are locked from their first moment, and have the list that they were sent with', async () => {
  await ask(createBucket, { input: { name: 'kept', objectLock: {} } });
  await ask(
    `mutation { setBucketOwnership(input: { bucket: "kept", ownership: OBJECT_WRITER }) { userErrors { code } } }`,
  );
  const retention = { mode: 'GOVERNANCE', retainUntil: new Date(Date.now() + day).toISOString() };
  const said = { bucket: 'kept', retention, legalHold: true, acl: { canned: 'PUBLIC_READ' } };
  const { data } = await sendForm(server, singleUpload({ ...said, key: 'whole' }, 'abc'));
  expect(data.uploadObject.userErrors).toEqual([]);
  const start = `mutation($input: StartUploadInput!) { startUpload(input: $input) {
    upload { id partUrls { url } } userErrors { code field } } }`;
  const { startUpload } = await ask(start, { input: { ...said, key: 'parts', size: 3 } });
  expect((await fetch(startUpload.upload.partUrls[0].url, { method: 'PUT', body: 'abc' })).status).toBe(200);
  await ask(`mutation($id: ID!) { completeUpload(input: { uploadId: $id }) { userErrors { code } } }`, {
    id: startUpload.upload.id,
  });
  const fields = '{ retention { mode retainUntil } legalHold acl { grants { group permission } } }';
  const shown = await ask(`{ whole: object(bucket: "kept", key: "whole") ${fields}
    parts: object(bucket: "kept", key: "parts") ${fields} }`);
  const grants = expect.arrayContaining([{ group: 'ALL_USERS', permission: 'READ' }]);
  const kept = { retention, legalHold: true, acl: { grants } };
  expect(shown).toEqual({ whole: kept, parts: kept });
  await ask(createBucket, { input: { name: 'unlocked' } });
  const refused = await sendForm(server, singleUpload({ ...said, bucket: 'unlocked', key: 'whole' }, 'abc'));
  expect(refused.data.uploadObject).toMatchObject({ object: null, userErrors: [{ code: 'INVALID_INPUT' }] });
});

test('a bucket is made with object lock, or gets it later when it has versioning', async () => {
  const defaultRetention = { mode: 'GOVERNANCE', days: 30 };
  expect(await ask(createBucket, { input: { name: 'born-locked', objectLock: { defaultRetention } } })).toEqual({
    createBucket: {
      bucket: { versioning: 'ENABLED', objectLock: { defaultRetention: { ...defaultRetention, years: null } } },
      userErrors: [],
    },
  });
  const wrong = { mode: 'GOVERNANCE', days: 0 };
  expect(await ask(createBucket, { input: { name: 'wrong', objectLock: { defaultRetention: wrong } } })).toEqual({
    createBucket: {
      bucket: null,
      userErrors: [{ code: 'INVALID_INPUT', field: ['input', 'objectLock', 'defaultRetention', 'days'] }],
    },
  });
  await ask(createBucket, { input: { name: 'plain' } });
  const lock = () => ask(setBucketObjectLock, { input: { bucket: 'plain', defaultRetention } });
  expect((await lock()).setBucketObjectLock).toEqual({ bucket: null, userErrors: [{ code: 'CONFLICT', field: null }] });
  expect(await ask('{ bucket(name: "plain") { objectLock { defaultRetention { mode } } } }')).toEqual({
    bucket: { objectLock: null },
  });
  await ask(
    `mutation { setBucketVersioning(input: { bucket: "plain", versioning: ENABLED }) { userErrors { code } } }`,
  );
  expect((await lock()).setBucketObjectLock.bucket.objectLock.defaultRetention).toMatchObject(defaultRetention);
  expect((await ask(setBucketObjectLock, { input: { bucket: 'plain' } })).setBucketObjectLock.bucket).toEqual({
    objectLock: { defaultRetention: null },
  });
  const both = { mode: 'COMPLIANCE', days: 1, years: 1 };
  expect(
    (await ask(setBucketObjectLock, { input: { bucket: 'plain', defaultRetention: both } })).setBucketObjectLock,
  ).toEqual({ bucket: null, userErrors: [{ code: 'INVALID_INPUT', field: ['input', 'defaultRetention'] }] });
});

test('the retention and the hold of a version are set, shown and heeded', async () => {
  await ask(createBucket, { input: { name: 'objects', objectLock: {} } });
  await putTestObjects(server, 'objects', ['key']);
  const key = { bucket: 'objects', key: 'key' };
  const fields = '{ object(bucket: "objects", key: "key") { versionId retention { mode } legalHold } }';
  const { object } = await ask(fields);
  expect(object).toMatchObject({ retention: null, legalHold: false });
  const retainUntil = new Date(Date.now() + day).toISOString();
  const retention = { mode: 'GOVERNANCE', retainUntil };
  expect((await ask(setRetention, { input: { ...key, retention } })).setObjectRetention).toEqual({
    object: { retention, legalHold: false },
    userErrors: [],
  });
  const past = { mode: 'GOVERNANCE', retainUntil: '2001-01-01T00:00:00Z' };
  expect((await ask(setRetention, { input: { ...key, retention: past } })).setObjectRetention.userErrors).toEqual([
    { code: 'INVALID_INPUT', field: ['input', 'retention', 'retainUntil'] },
  ]);
  const none = { ...key, retention: null };
  expect((await ask(setRetention, { input: none })).setObjectRetention.userErrors).toMatchObject([{ code: 'LOCKED' }]);
  expect((await ask(setLegalHold, { input: { ...key, legalHold: true } })).setObjectLegalHold.object).toEqual({
    retention: { mode: 'GOVERNANCE' },
    legalHold: true,
  });
  const version = { ...key, versionId: object.versionId, bypassGovernance: true };
  const deletion = async () => (await ask(remove, { input: version })).deleteObject;
  expect((await deletion()).userErrors).toEqual([{ code: 'LOCKED' }]);
  await ask(setLegalHold, { input: { ...key, legalHold: false } });
  expect(await deletion()).toEqual({ deleteMarker: false, versionId: object.versionId, userErrors: [] });
});

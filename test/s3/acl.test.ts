import {
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateBucketCommand,
  type CreateBucketCommandInput,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  GetBucketAclCommand,
  GetBucketOwnershipControlsCommand,
  GetBucketPolicyStatusCommand,
  GetObjectAclCommand,
  GetObjectCommand,
  type Grant,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  ListPartsCommand,
  PutBucketAclCommand,
  type PutBucketAclCommandInput,
  PutBucketOwnershipControlsCommand,
  PutBucketPolicyCommand,
  PutBucketVersioningCommand,
  PutObjectAclCommand,
  type PutObjectAclCommandInput,
  PutObjectCommand,
  type PutObjectCommandInput,
  PutPublicAccessBlockCommand,
  type S3Client,
  type S3ServiceException,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { makeS3User, type S3User, s3Password } from '../support/s3-user.js';
import { startTestServer, type TestServer } from '../support/server.js';
import { sendSigned } from './raw-request.js';

let server: TestServer;
let owner: S3User;
let other: S3User;
let Bucket: string;
let count = 0;

const allUsers = 'http://acs.amazonaws.com/groups/global/AllUsers';
const authenticatedUsers = 'http://acs.amazonaws.com/groups/global/AuthenticatedUsers';

beforeAll(async () => {
  server = await startTestServer({ s3ObjectOwnership: 'ObjectWriter' });
  owner = await makeS3User(server, { username: 'owner' });
  other = await makeS3User(server, { username: 'other' });
  await server.granary.database.pool.query(
    `UPDATE user_account SET email = 'Other@Example.com' WHERE username = 'other'`,
  );
});

beforeEach(() => {
  count += 1;
  Bucket = `acl-${count}`;
});

afterAll(async () => {
  expect(server.problems).toEqual([]);
  await server.stop();
});

async function outcome(work: Promise<unknown>): Promise<string> {
  try {
    await work;
    return 'done';
  } catch (error) {
    return (error as S3ServiceException).name;
  }
}

function create(more: Partial<CreateBucketCommandInput> = {}): Promise<unknown> {
  return owner.s3.send(new CreateBucketCommand({ Bucket, ...more }));
}

function put(Key: string, more: Partial<PutObjectCommandInput> = {}, s3 = owner.s3): Promise<unknown> {
  return s3.send(new PutObjectCommand({ Bucket, Key, Body: 'content', ...more }));
}

function shown(grants: Grant[] | undefined): string[] {
  return (grants ?? []).map(({ Grantee, Permission }) => {
    const name = Grantee?.URI?.split('/').at(-1) ?? nameOf(Grantee?.ID);
    return `${name} ${Permission}`;
  });
}

function nameOf(id: string | undefined): string {
  return id === owner.canonicalId ? 'owner' : id === other.canonicalId ? 'other' : String(id);
}

async function bucketGrants(): Promise<string[]> {
  return shown((await owner.s3.send(new GetBucketAclCommand({ Bucket }))).Grants);
}

async function objectGrants(Key: string, s3: S3Client = owner.s3): Promise<string[]> {
  const { Owner, Grants } = await s3.send(new GetObjectAclCommand({ Bucket, Key }));
  return [`of ${nameOf(Owner?.ID)}`, ...shown(Grants)];
}

function setBucketAcl(input: Partial<PutBucketAclCommandInput>, s3 = owner.s3): Promise<string> {
  return outcome(s3.send(new PutBucketAclCommand({ Bucket, ...input })));
}

function setObjectAcl(Key: string, input: Partial<PutObjectAclCommandInput>, s3 = owner.s3): Promise<string> {
  return outcome(s3.send(new PutObjectAclCommand({ Bucket, Key, ...input })));
}

const may = {
  list: (s3: S3Client) => outcome(s3.send(new ListObjectsV2Command({ Bucket }))),
  read: (s3: S3Client, Key = 'k') => outcome(s3.send(new GetObjectCommand({ Bucket, Key }))),
  write: (s3: S3Client, Key = 'w') => outcome(put(Key, {}, s3)),
};

async function anonymously(path: string, method = 'GET'): Promise<number> {
  return (await fetch(`${server.s3Url}/${Bucket}${path}`, { method, ...(method === 'PUT' && { body: 'x' }) })).status;
}

function policyFor(user: S3User, Permission: Grant['Permission']) {
  const Owner = { ID: owner.canonicalId };
  return { Owner, Grants: [{ Grantee: { Type: 'CanonicalUser' as const, ID: user.canonicalId }, Permission }] };
}

function policyForAll(): string {
  const Resource = [`arn:aws:s3:::${Bucket}`, `arn:aws:s3:::${Bucket}/*`];
  const Statement = [{ Effect: 'Allow', Principal: '*', Action: 's3:*', Resource }];
  return JSON.stringify({ Version: '2012-10-17', Statement });
}

describe('the list of a bucket', () => {
  test('is that of its owner alone at first', async () => {
    await create();
    const { Owner } = await owner.s3.send(new GetBucketAclCommand({ Bucket }));
    expect(Owner).toEqual({ ID: owner.canonicalId, DisplayName: 'owner' });
    expect(await bucketGrants()).toEqual(['owner FULL_CONTROL']);
    expect([await may.list(other.s3), await may.write(other.s3), await anonymously('')]).toEqual([
      'AccessDenied',
      'AccessDenied',
      403,
    ]);
  });

  test.each<[CreateBucketCommandInput['ACL'], string[]]>([
    ['private', []],
    ['public-read', ['AllUsers READ']],
    ['public-read-write', ['AllUsers READ', 'AllUsers WRITE']],
    ['authenticated-read', ['AuthenticatedUsers READ']],
  ])('can be %s from the beginning, or later', async (ACL, grants) => {
    await create({ ACL });
    expect(await bucketGrants()).toEqual([...grants, 'owner FULL_CONTROL']);
    expect(await setBucketAcl({ ACL: 'private' })).toBe('done');
    expect(await bucketGrants()).toEqual(['owner FULL_CONTROL']);
    expect(await setBucketAcl({ ACL })).toBe('done');
    expect(await bucketGrants()).toEqual([...grants, 'owner FULL_CONTROL']);
  });

  test('lets everyone list and write where it says so, and nothing else', async () => {
    await create({ ACL: 'public-read-write' });
    await put('k');
    expect([await may.list(other.s3), await may.write(other.s3), await may.read(other.s3)]).toEqual([
      'done',
      'done',
      'AccessDenied',
    ]);
    expect([await anonymously(''), await anonymously('/anonymous', 'PUT'), await anonymously('/k')]).toEqual([
      200, 200, 403,
    ]);
    expect(await anonymously('/no-such-key')).toBe(404);
    expect(await outcome(other.s3.send(new DeleteObjectCommand({ Bucket, Key: 'k' })))).toBe('done');
    expect(await outcome(other.s3.send(new GetBucketAclCommand({ Bucket })))).toBe('AccessDenied');
    expect(await setBucketAcl({ ACL: 'private' }, other.s3)).toBe('AccessDenied');
  });

  test('lets users in whom it names', async () => {
    await create();
    for (const [Permission, mayDo] of [
      ['READ', ['list']],
      ['WRITE', ['write']],
      ['READ_ACP', ['readAcl']],
      ['WRITE_ACP', ['writeAcl']],
      ['FULL_CONTROL', ['list', 'write', 'readAcl', 'writeAcl']],
    ] as const) {
      expect(await setBucketAcl({ AccessControlPolicy: policyFor(other, Permission) })).toBe('done');
      const allowed = {
        list: await may.list(other.s3),
        write: await may.write(other.s3),
        readAcl: await outcome(other.s3.send(new GetBucketAclCommand({ Bucket }))),
        writeAcl: await setBucketAcl({ AccessControlPolicy: policyFor(other, Permission) }, other.s3),
      };
      const done = Object.entries(allowed).filter(([, result]) => result === 'done');
      expect([Permission, done.map(([name]) => name)]).toEqual([Permission, mayDo]);
    }
  });

  test('takes grants in headers, and by e-mail address', async () => {
    const id = `id=${other.canonicalId}`;
    await create({ GrantRead: id, GrantWriteACP: `id="${owner.canonicalId}", uri="${authenticatedUsers}"` });
    expect(await bucketGrants()).toEqual(['AuthenticatedUsers WRITE_ACP', 'other READ', 'owner WRITE_ACP']);
    expect(await setBucketAcl({ GrantFullControl: 'emailAddress="other@example.com"' })).toBe('done');
    expect(await bucketGrants()).toEqual(['other FULL_CONTROL']);
    const each = { GrantFullControl: id, GrantWriteACP: id, GrantReadACP: id, GrantWrite: id, GrantRead: id };
    expect(await setBucketAcl(each)).toBe('done');
    const ascending = ['READ', 'WRITE', 'READ_ACP', 'WRITE_ACP', 'FULL_CONTROL'];
    expect(await bucketGrants()).toEqual(ascending.map((permission) => `other ${permission}`));
  });

  test('is shown with groups first, and users in the order in which they were put', async () => {
    await create();
    const user = ({ canonicalId: ID }: S3User) => ({ Type: 'CanonicalUser' as const, ID });
    const Grants: Grant[] = [
      { Grantee: user(other), Permission: 'WRITE' },
      { Grantee: user(owner), Permission: 'FULL_CONTROL' },
      { Grantee: { Type: 'Group', URI: allUsers }, Permission: 'READ' },
      { Grantee: user(other), Permission: 'READ' },
    ];
    const AccessControlPolicy = { Owner: { ID: owner.canonicalId }, Grants };
    expect(await setBucketAcl({ AccessControlPolicy })).toBe('done');
    expect(await bucketGrants()).toEqual(['AllUsers READ', 'other WRITE', 'owner FULL_CONTROL', 'other READ']);
  });

  test('can be emptied, and its owner still mends it', async () => {
    await create();
    const AccessControlPolicy = { Owner: { ID: owner.canonicalId }, Grants: [] };
    expect(await setBucketAcl({ AccessControlPolicy })).toBe('done');
    expect(await bucketGrants()).toEqual([]);
    expect(await setBucketAcl({ ACL: 'private' })).toBe('done');
  });

  test.each<[string, Partial<PutBucketAclCommandInput>, string]>([
    ['a canned list that there is not', { ACL: 'public-ready' as 'private' }, 'InvalidArgument'],
    ['a canned list and grants', { ACL: 'private', GrantRead: 'id="x"' }, 'InvalidRequest'],
    ['a user that there is not', { GrantRead: 'id="nobody"' }, 'InvalidArgument'],
    ['an address of nobody', { GrantRead: 'emailAddress="no@example.com"' }, 'UnresolvableGrantByEmailAddress'],
    [
      'a group that there is not',
      { GrantRead: 'uri="http://acs.amazonaws.com/groups/global/Nobody"' },
      'InvalidArgument',
    ],
    ['a grantee of no known kind', { GrantRead: 'name="x"' }, 'InvalidArgument'],
    ['another owner', { AccessControlPolicy: { Owner: { ID: 'someone' }, Grants: [] } }, 'AccessDenied'],
    ['no owner', { AccessControlPolicy: { Grants: [] } }, 'MalformedACLError'],
  ])('with %s is refused', async (_, input, code) => {
    await create();
    expect(await setBucketAcl(input)).toBe(code);
    expect(await bucketGrants()).toEqual(['owner FULL_CONTROL']);
  });

  test('needs something to be set to', async () => {
    await create();
    const answer = await sendSigned({ ...server, ...owner }, { method: 'PUT', path: `/${Bucket}?acl=` });
    expect(answer.code).toBe('MissingSecurityHeader');
  });
});

describe('a bucket that is asked for again', () => {
  test('is there, and keeps what it has, where nothing else is asked', async () => {
    await create();
    await put('k');
    expect(await outcome(create())).toBe('done');
    expect(await outcome(create({ ACL: 'private', ObjectOwnership: 'ObjectWriter' }))).toBe('done');
    expect(await may.read(owner.s3)).toBe('done');
    expect(await outcome(create({ ObjectOwnership: 'BucketOwnerEnforced' }))).toBe('BucketAlreadyOwnedByYou');
    expect(await outcome(create({ ObjectLockEnabledForBucket: true }))).toBe('BucketAlreadyOwnedByYou');
    expect(await outcome(other.s3.send(new CreateBucketCommand({ Bucket })))).toBe('BucketAlreadyExists');
    const tagged = (Value: string) => create({ CreateBucketConfiguration: { Tags: [{ Key: 'a', Value }] } });
    expect(await outcome(tagged('b'))).toBe('BucketAlreadyOwnedByYou');
    const { data } = await server.graphql(
      'mutation($name: String!) { createBucket(input: { name: $name }) { userErrors { code } } }',
      { name: Bucket },
    );
    expect(data.createBucket.userErrors).toHaveLength(1);
  });

  test('keeps its list, and is refused with any other', async () => {
    await create();
    expect(await outcome(create({ ACL: 'public-read' }))).toBe('BucketAlreadyExists');
    expect(await bucketGrants()).toEqual(['owner FULL_CONTROL']);
    await setBucketAcl({ ACL: 'public-read' });
    expect(await outcome(create())).toBe('BucketAlreadyExists');
    expect(await outcome(create({ ACL: 'public-read-write' }))).toBe('BucketAlreadyExists');
    expect(await outcome(create({ ACL: 'public-read' }))).toBe('done');
    expect(await bucketGrants()).toEqual(['AllUsers READ', 'owner FULL_CONTROL']);
  });

  test('is one’s own already in every other region, of the bucket or of the server', async () => {
    const CreateBucketConfiguration = { LocationConstraint: 'eu-central-1' } as const;
    await create({ CreateBucketConfiguration });
    expect(await outcome(create({ CreateBucketConfiguration }))).toBe('BucketAlreadyOwnedByYou');
    expect(await outcome(create())).toBe('BucketAlreadyOwnedByYou');
    const abroad = await startTestServer({ s3Region: 'eu-central-1' });
    try {
      await abroad.s3.send(new CreateBucketCommand({ Bucket }));
      expect(await outcome(abroad.s3.send(new CreateBucketCommand({ Bucket })))).toBe('BucketAlreadyOwnedByYou');
    } finally {
      await abroad.stop();
    }
  });
});

describe('the list of an object', () => {
  test.each<[PutObjectCommandInput['ACL'], string[]]>([
    ['private', []],
    ['public-read', ['AllUsers READ']],
    ['public-read-write', ['AllUsers READ', 'AllUsers WRITE']],
    ['authenticated-read', ['AuthenticatedUsers READ']],
    ['bucket-owner-read', []],
    ['bucket-owner-full-control', []],
  ])('can be %s', async (ACL, grants) => {
    await create();
    await put('k', { ACL });
    expect(await objectGrants('k')).toEqual(['of owner', ...grants, 'owner FULL_CONTROL']);
    await put('k');
    expect(await objectGrants('k')).toEqual(['of owner', 'owner FULL_CONTROL']);
    expect(await setObjectAcl('k', { ACL })).toBe('done');
    expect(await objectGrants('k')).toEqual(['of owner', ...grants, 'owner FULL_CONTROL']);
  });

  test('of somebody else can be given to the owner of the bucket', async () => {
    await create({ ACL: 'public-read-write' });
    await put('read', { ACL: 'bucket-owner-read' }, other.s3);
    await put('full', { ACL: 'bucket-owner-full-control' }, other.s3);
    expect(await objectGrants('read', other.s3)).toEqual(['of other', 'other FULL_CONTROL', 'owner READ']);
    expect(await objectGrants('full', other.s3)).toEqual(['of other', 'other FULL_CONTROL', 'owner FULL_CONTROL']);
    expect(await may.read(other.s3, 'read')).toBe('done');
  });

  test('lets in whom it names, whatever the bucket says', async () => {
    await create();
    await put('k', { ACL: 'public-read' });
    await put('signed', { ACL: 'authenticated-read' });
    await put('named', { GrantRead: `id=${other.canonicalId}` });
    const anonymous = await Promise.all(['/k', '/signed', '/named'].map((path) => anonymously(path)));
    expect(anonymous).toEqual([200, 403, 403]);
    const signed = await Promise.all(['k', 'signed', 'named'].map((key) => may.read(other.s3, key)));
    expect(signed).toEqual(['done', 'done', 'done']);
    expect(await may.list(other.s3)).toBe('AccessDenied');
    expect(await setObjectAcl('k', { ACL: 'private' })).toBe('done');
    expect([await anonymously('/k'), await may.read(other.s3)]).toEqual([403, 'AccessDenied']);
  });

  test('can be read and replaced by whom it lets', async () => {
    await create();
    await put('k');
    expect(await setObjectAcl('k', { ACL: 'public-read' }, other.s3)).toBe('AccessDenied');
    expect(await setObjectAcl('k', { AccessControlPolicy: policyFor(other, 'WRITE_ACP') })).toBe('done');
    expect(await outcome(objectGrants('k', other.s3))).toBe('AccessDenied');
    expect(await setObjectAcl('k', { ACL: 'public-read' }, other.s3)).toBe('done');
    expect(await objectGrants('k')).toEqual(['of owner', 'AllUsers READ', 'owner FULL_CONTROL']);
  });

  test('is given to copies and multipart uploads by their own headers', async () => {
    await create();
    await put('k', { ACL: 'public-read' });
    const CopySource = `${Bucket}/k`;
    await owner.s3.send(new CopyObjectCommand({ Bucket, Key: 'copy', CopySource }));
    await owner.s3.send(new CopyObjectCommand({ Bucket, Key: 'public-copy', CopySource, ACL: 'public-read' }));
    const upload = { Bucket, Key: 'parts' };
    const { UploadId } = await owner.s3.send(new CreateMultipartUploadCommand({ ...upload, ACL: 'public-read' }));
    const { ETag } = await owner.s3.send(
      new UploadPartCommand({ ...upload, UploadId, PartNumber: 1, Body: 'content' }),
    );
    const MultipartUpload = { Parts: [{ ETag, PartNumber: 1 }] };
    await owner.s3.send(new CompleteMultipartUploadCommand({ ...upload, UploadId, MultipartUpload }));
    const found = await Promise.all(['/copy', '/public-copy', '/parts'].map((path) => anonymously(path)));
    expect(found).toEqual([403, 200, 200]);
  });

  test('is that of the version that is given out, whatever comes before and after it', async () => {
    await create();
    await put('changing', { ACL: 'public-read', Body: 'first' });
    const { database } = server.granary;
    const ask = database.query.bind(database);
    const then: Record<string, () => Promise<unknown>> = {
      find_object_acl: () => put('changing', { Body: 'nobody else is to read this' }),
      read_latest: () => put('changing', { ACL: 'public-read', Body: 'third' }),
    };
    database.query = async <Row>(...asked: Parameters<typeof ask>): Promise<Row[]> => {
      const rows = await ask<Row>(...asked);
      const { name } = asked[0];
      const next = then[name];
      delete then[name];
      await next?.();
      return rows;
    };
    try {
      expect(await outcome(other.s3.send(new GetObjectCommand({ Bucket, Key: 'changing' })))).toBe('AccessDenied');
    } finally {
      database.query = ask;
    }
    expect(then).toEqual({});
    expect(await outcome(other.s3.send(new GetObjectCommand({ Bucket, Key: 'changing' })))).toBe('done');
  });

  test('of what is not there is NoSuchKey', async () => {
    await create();
    expect(await outcome(objectGrants('missing'))).toBe('NoSuchKey');
    expect(await setObjectAcl('missing', { ACL: 'private' })).toBe('NoSuchKey');
  });
});

describe('a policy that denies', () => {
  test('wins over what a list grants', async () => {
    await create();
    await put('k', { ACL: 'public-read' });
    const Statement = [
      { Effect: 'Deny', Principal: '*', Action: 's3:GetObject', Resource: `arn:aws:s3:::${Bucket}/*` },
    ];
    const Policy = JSON.stringify({ Version: '2012-10-17', Statement });
    await owner.s3.send(new PutBucketPolicyCommand({ Bucket, Policy }));
    expect([await anonymously('/k'), await may.read(other.s3)]).toEqual([403, 'AccessDenied']);
  });
});

async function newTenant(): Promise<string> {
  await server.graphql('mutation { createTenant(input: { name: "elsewhere" }) { userErrors { message } } }');
  return 'elsewhere';
}

/** What all the operations say that can ask for the canned list `private`. */
function leavingItToTheWriter(s3: S3Client): Promise<string[]> {
  const asked = { Bucket, ACL: 'private' as const };
  const CopySource = `${Bucket}/k`;
  return Promise.all([
    outcome(s3.send(new PutObjectCommand({ ...asked, Key: 'put', Body: 'k' }))),
    outcome(s3.send(new CopyObjectCommand({ ...asked, Key: 'copy', CopySource }))),
    outcome(s3.send(new CreateMultipartUploadCommand({ ...asked, Key: 'parts' }))),
    outcome(s3.send(new PutObjectAclCommand({ ...asked, Key: 'k' }))),
    outcome(s3.send(new PutBucketAclCommand(asked))),
  ]);
}

describe('an ownership under which lists do not count', () => {
  test('refuses lists, and shows the one of the owner', async () => {
    await create({ ObjectOwnership: 'BucketOwnerEnforced' });
    await put('k');
    expect(await setBucketAcl({ ACL: 'public-read' })).toBe('AccessControlListNotSupported');
    expect(await setObjectAcl('k', { ACL: 'public-read' })).toBe('AccessControlListNotSupported');
    expect(await outcome(put('k', { ACL: 'public-read' }))).toBe('AccessControlListNotSupported');
    expect(await outcome(put('k', { GrantRead: `uri=${allUsers}` }))).toBe('AccessControlListNotSupported');
    expect(await outcome(put('k', { ACL: 'bucket-owner-full-control' }))).toBe('done');
    expect(await setObjectAcl('k', { AccessControlPolicy: policyFor(owner, 'FULL_CONTROL') })).toBe('done');
    expect(await setBucketAcl({ ACL: 'private' })).toBe('done');
    expect([await bucketGrants(), await objectGrants('k')]).toEqual([
      ['owner FULL_CONTROL'],
      ['of owner', 'owner FULL_CONTROL'],
    ]);
  });

  test('takes the list that leaves an object to its writer from whose own policies let it write', async () => {
    await create({ ObjectOwnership: 'BucketOwnerEnforced' });
    await put('k');
    const administrator = await makeS3User(server, { username: 'chief', role: 'TENANT_ADMINISTRATOR' });
    for (const { s3 } of [owner, administrator]) {
      expect(await leavingItToTheWriter(s3)).toEqual(Array(5).fill('done'));
    }
    expect(await objectGrants('k')).toEqual(['of owner', 'owner FULL_CONTROL']);
    expect(await bucketGrants()).toEqual(['owner FULL_CONTROL']);
    administrator.s3.destroy();
  });

  test('takes it for a version that is named by the right to set the lists of versions', async () => {
    await create({ ObjectOwnership: 'BucketOwnerEnforced' });
    await put('k');
    const deputy = await makeS3User(server, { username: 'deputy', role: 'TENANT_ADMINISTRATOR' });
    const Resource = `arn:aws:s3:::${Bucket}/*`;
    const Statement = [{ Effect: 'Deny', Principal: '*', Action: 's3:PutObjectAcl', Resource }];
    const Policy = JSON.stringify({ Version: '2012-10-17', Statement });
    await owner.s3.send(new PutBucketPolicyCommand({ Bucket, Policy }));
    expect(await setObjectAcl('k', { ACL: 'private' }, deputy.s3)).toBe('AccessDenied');
    expect(await setObjectAcl('k', { ACL: 'private', VersionId: 'null' }, deputy.s3)).toBe('done');
    deputy.s3.destroy();
  });

  test('refuses it from whom only the policy of the bucket lets in', async () => {
    await create({ ObjectOwnership: 'BucketOwnerEnforced' });
    await put('k');
    await owner.s3.send(new PutBucketPolicyCommand({ Bucket, Policy: policyForAll() }));
    expect(await leavingItToTheWriter(other.s3)).toEqual(Array(5).fill('AccessControlListNotSupported'));
    expect(await outcome(put('k', { ACL: 'bucket-owner-full-control' }, other.s3))).toBe('done');
    expect(await outcome(put('k', {}, other.s3))).toBe('done');
    expect(await objectGrants('k')).toEqual(['of owner', 'owner FULL_CONTROL']);
    const stranger = await makeS3User(server, { username: 'stranger', tenant: await newTenant() });
    const abroad = { Bucket: `default:${Bucket}`, Key: 'k', Body: 'k' };
    expect(await outcome(stranger.s3.send(new PutObjectCommand({ ...abroad, ACL: 'private' })))).toBe(
      'AccessControlListNotSupported',
    );
    expect(await outcome(stranger.s3.send(new PutObjectCommand({ ...abroad, ACL: 'bucket-owner-full-control' })))).toBe(
      'done',
    );
    stranger.s3.destroy();
  });

  test('shows in whose the object of an upload will be', async () => {
    const ownerOfUpload = async (more: object) => {
      const { UploadId } = await other.s3.send(new CreateMultipartUploadCommand({ Bucket, Key: 'k', ...more }));
      const { Owner, Initiator } = await other.s3.send(new ListPartsCommand({ Bucket, Key: 'k', UploadId }));
      return [nameOf(Owner?.ID), nameOf(Initiator?.ID)];
    };
    await create({ ObjectOwnership: 'BucketOwnerPreferred' });
    await owner.s3.send(new PutBucketPolicyCommand({ Bucket, Policy: policyForAll() }));
    expect(await ownerOfUpload({})).toEqual(['other', 'other']);
    expect(await ownerOfUpload({ ACL: 'bucket-owner-full-control' })).toEqual(['owner', 'other']);
    const OwnershipControls = { Rules: [{ ObjectOwnership: 'BucketOwnerEnforced' as const }] };
    await owner.s3.send(new PutBucketOwnershipControlsCommand({ Bucket, OwnershipControls }));
    expect(await ownerOfUpload({})).toEqual(['owner', 'other']);
    const { Uploads } = await owner.s3.send(new ListMultipartUploadsCommand({ Bucket }));
    expect(Uploads?.map(({ Owner }) => nameOf(Owner?.ID))).toEqual(['owner', 'owner', 'owner']);
  });

  test('is no setting of a bucket that is as all are by the setting of the server', async () => {
    await create();
    const shownOwnership = () => outcome(owner.s3.send(new GetBucketOwnershipControlsCommand({ Bucket })));
    expect(await shownOwnership()).toBe('OwnershipControlsNotFoundError');
    expect(await outcome(put('k', { ACL: 'public-read' }))).toBe('done');
    Bucket = `${Bucket}-said`;
    await create({ ObjectOwnership: 'ObjectWriter' });
    expect(await shownOwnership()).toBe('done');
  });

  test('cannot go with a list that grants something', async () => {
    expect(await outcome(create({ ObjectOwnership: 'BucketOwnerEnforced', ACL: 'public-read' }))).toBe(
      'InvalidBucketAclWithObjectOwnership',
    );
    await create({ ACL: 'public-read' });
    const OwnershipControls = { Rules: [{ ObjectOwnership: 'BucketOwnerEnforced' as const }] };
    const set = () => outcome(owner.s3.send(new PutBucketOwnershipControlsCommand({ Bucket, OwnershipControls })));
    expect(await set()).toBe('InvalidBucketAclWithObjectOwnership');
    await setBucketAcl({ ACL: 'private' });
    expect(await set()).toBe('done');
  });

  test('makes what was public private', async () => {
    await create();
    await put('k', { ACL: 'public-read' });
    expect(await anonymously('/k')).toBe(200);
    const OwnershipControls = { Rules: [{ ObjectOwnership: 'BucketOwnerEnforced' as const }] };
    await owner.s3.send(new PutBucketOwnershipControlsCommand({ Bucket, OwnershipControls }));
    expect(await anonymously('/k')).toBe(403);
  });

  test('that is preferred gives the owner what was handed over', async () => {
    await create({ ObjectOwnership: 'BucketOwnerPreferred', ACL: 'public-read-write' });
    await put('k', { ACL: 'bucket-owner-full-control' }, other.s3);
    expect(await objectGrants('k')).toEqual(['of owner', 'owner FULL_CONTROL']);
    await put('kept', {}, other.s3);
    expect(await objectGrants('kept', other.s3)).toEqual(['of other', 'other FULL_CONTROL']);
  });
});

describe('the public access block', () => {
  const block = (PublicAccessBlockConfiguration: object) =>
    owner.s3.send(new PutPublicAccessBlockCommand({ Bucket, PublicAccessBlockConfiguration }));
  const putPolicy = (Principal: unknown, Condition?: object) => {
    const statement = { Effect: 'Allow', Principal, Action: 's3:GetObject', Resource: `arn:aws:s3:::${Bucket}/*` };
    const Policy = JSON.stringify({
      Version: '2012-10-17',
      Statement: [{ ...statement, ...(Condition && { Condition }) }],
    });
    return outcome(owner.s3.send(new PutBucketPolicyCommand({ Bucket, Policy })));
  };

  test('refuses lists that are public', async () => {
    await create();
    await block({ BlockPublicAcls: true });
    expect(await setBucketAcl({ ACL: 'public-read' })).toBe('AccessDenied');
    expect(await outcome(put('k', { ACL: 'authenticated-read' }))).toBe('AccessDenied');
    expect(await outcome(put('k', { GrantRead: `id=${other.canonicalId}` }))).toBe('done');
    expect(await setObjectAcl('k', { GrantRead: `uri=${allUsers}` })).toBe('AccessDenied');
  });

  test('ignores what lists grant to everyone', async () => {
    await create({ ACL: 'public-read' });
    await put('k', { ACL: 'public-read' });
    await block({ IgnorePublicAcls: true });
    expect([await may.list(other.s3), await may.read(other.s3), await anonymously('/k')]).toEqual([
      'AccessDenied',
      'AccessDenied',
      403,
    ]);
    expect(await bucketGrants()).toContain('AllUsers READ');
  });

  test('refuses policies that are public', async () => {
    await create();
    await block({ BlockPublicPolicy: true });
    expect(await putPolicy('*')).toBe('AccessDenied');
    expect(await putPolicy({ AWS: '*' }, { Bool: { 'aws:SecureTransport': 'true' } })).toBe('AccessDenied');
    expect(await putPolicy('*', { IpAddress: { 'aws:SourceIp': '0.0.0.0/0' } })).toBe('AccessDenied');
    expect(await putPolicy('*', { IpAddress: { 'aws:SourceIp': '10.1.0.0/16' } })).toBe('done');
    expect(await putPolicy({ CanonicalUser: other.canonicalId })).toBe('done');
  });

  test('lets only the own tenant in by a public policy', async () => {
    await create();
    await put('k');
    expect(await putPolicy('*')).toBe('done');
    expect(await anonymously('/k')).toBe(200);
    await block({ RestrictPublicBuckets: true });
    expect([await anonymously('/k'), await may.read(other.s3)]).toEqual([403, 'done']);
  });

  test('shows in the status of the policy', async () => {
    const isPublic = async () =>
      (await owner.s3.send(new GetBucketPolicyStatusCommand({ Bucket }))).PolicyStatus?.IsPublic;
    await create();
    expect(await isPublic()).toBe(false);
    await putPolicy('*');
    expect(await isPublic()).toBe(true);
    await block({ RestrictPublicBuckets: true });
    expect(await isPublic()).toBe(false);
    await setBucketAcl({ ACL: 'public-read' });
    expect(await isPublic()).toBe(true);
  });
});

test('GraphQL shows and sets the same lists', async () => {
  await create({ ACL: 'public-read' });
  await put('k');
  const grants = 'owner { canonicalId } grants { user { displayName } group permission }';
  const query = `query($bucket: String!) { bucket(name: $bucket) { acl { ${grants} } } object(bucket: $bucket, key: "k") { acl { ${grants} } } }`;
  const { data } = await server.graphql(query, { bucket: Bucket });
  const own = { user: { displayName: 'owner' }, group: null, permission: 'FULL_CONTROL' };
  expect(data.bucket.acl).toEqual({
    owner: { canonicalId: owner.canonicalId },
    grants: [own, { user: null, group: 'ALL_USERS', permission: 'READ' }],
  });
  expect(data.object.acl).toEqual({ owner: { canonicalId: owner.canonicalId }, grants: [own] });
  const set = `mutation($bucket: SetBucketAclInput!, $object: SetObjectAclInput!) {
    setBucketAcl(input: $bucket) { userErrors { message } }
    setObjectAcl(input: $object) { object { acl { grants { group } } } userErrors { message } } }`;
  const answer = await server.graphql(set, {
    bucket: { bucket: Bucket, acl: { canned: 'PRIVATE' } },
    object: { bucket: Bucket, key: 'k', acl: { grants: [{ group: 'ALL_USERS', permission: 'READ' }] } },
  });
  expect(answer.data.setObjectAcl).toEqual({ object: { acl: { grants: [{ group: 'ALL_USERS' }] } }, userErrors: [] });
  expect([await bucketGrants(), await anonymously('/k')]).toEqual([['owner FULL_CONTROL'], 200]);
});

describe('GraphQL shows of a version what its own list lets', () => {
  const fields = 'id versionId metadata sha256 acl { owner { canonicalId } } downloadUrl';
  let token: string;

  beforeAll(async () => {
    token = await server.login('other', s3Password);
  });

  const secret = { ACL: 'private', Metadata: { of: 'secret' } } as const;
  const open = { ACL: 'public-read', Metadata: { of: 'open' } } as const;

  function keepVersions(): Promise<unknown> {
    const VersioningConfiguration = { Status: 'Enabled' } as const;
    return owner.s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration }));
  }

  async function asOther(query: string, variables: object = { bucket: Bucket }) {
    const { data, errors } = await server.graphql(query, variables, token);
    expect(errors).toBeUndefined();
    return data;
  }

  function listed(of: 'versions' | 'trash') {
    return asOther(
      `query($bucket: String!) { bucket(name: $bucket) { ${of}(first: 10) { nodes { ${fields} } } } }`,
    ).then(({ bucket }) => bucket[of].nodes);
  }

  async function nodeOf(id: string) {
    return (await asOther(`query($id: ID!) { node(id: $id) { ... on StoredObject { ${fields} } } }`, { id })).node;
  }

  const shut = { metadata: null, sha256: null, acl: null, downloadUrl: null };

  test('who may list a bucket does not see into what is deleted in it', async () => {
    await create({ GrantRead: `id=${other.canonicalId}` });
    await keepVersions();
    await put('k', secret);
    await owner.s3.send(new DeleteObjectCommand({ Bucket, Key: 'k' }));
    const versions = await listed('versions');
    expect(versions).toMatchObject([shut, shut]);
    expect(await nodeOf(versions[1].id)).toBeNull();
  });

  test('who may list a bucket sees in its trash what was open before', async () => {
    await create({ GrantRead: `id=${other.canonicalId}` });
    const keep = `mutation { updateBucket(input: { bucket: "${Bucket}", trashSeconds: 3600 }) { userErrors { code } } }`;
    expect((await server.graphql(keep)).data.updateBucket.userErrors).toEqual([]);
    await put('a', secret);
    await put('b', open);
    for (const Key of ['a', 'b']) {
      await owner.s3.send(new DeleteObjectCommand({ Bucket, Key }));
    }
    const [a, b] = await listed('trash');
    expect(a).toMatchObject(shut);
    expect(b).toMatchObject({ metadata: { of: 'open' }, acl: null });
    expect(await nodeOf(a.id)).toBeNull();
    expect(await nodeOf(b.id)).toMatchObject({ metadata: { of: 'open' } });
  });

  test('a list of the latest version does not open the ones before it, nor shut them', async () => {
    await create({ GrantRead: `id=${other.canonicalId}` });
    await keepVersions();
    const all = { Metadata: { of: 'open' }, GrantFullControl: `id=${other.canonicalId}` };
    await put('k', secret);
    await put('k', all);
    const [latest, before] = await listed('versions');
    expect(latest).toMatchObject({ metadata: { of: 'open' }, acl: { owner: { canonicalId: owner.canonicalId } } });
    expect(before).toMatchObject(shut);
    expect([await nodeOf(latest.id), await nodeOf(before.id)]).toMatchObject([{ metadata: { of: 'open' } }, null]);
    await put('k', secret);
    expect(await listed('versions')).toMatchObject([shut, { metadata: { of: 'open' } }, shut]);
  });

  test('a policy denies a version by its id', async () => {
    await create({ GrantRead: `id=${other.canonicalId}` });
    await keepVersions();
    for (let version = 0; version < 3; version++) {
      await put('k', open);
    }
    const [, denied] = await listed('versions');
    const Condition = { StringEquals: { 's3:VersionId': denied.versionId } };
    const Resource = `arn:aws:s3:::${Bucket}/*`;
    const Statement = [{ Effect: 'Deny', Principal: '*', Action: 's3:GetObjectVersion', Resource, Condition }];
    const Policy = JSON.stringify({ Version: '2012-10-17', Statement });
    await owner.s3.send(new PutBucketPolicyCommand({ Bucket, Policy }));
    const readable = { metadata: { of: 'open' } };
    expect(await listed('versions')).toMatchObject([readable, shut, readable]);
    expect(await nodeOf(denied.id)).toBeNull();
  });
});

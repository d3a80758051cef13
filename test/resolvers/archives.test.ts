import { ArchiveServer, type Entry, tarEntry, zipOf } from './archive-fixture.js';

let archives: ArchiveServer;

beforeAll(async () => {
  archives = await ArchiveServer.start();
});

afterAll(() => archives?.server.stop());

test('pages follow each other, and each is read from where the last one ended', async () => {
  const names = Array.from({ length: 250 }, (_, n) => `entry-${n}`);
  const tar = Buffer.concat([...names.map((name) => tarEntry({ name, content: name })), Buffer.alloc(1024)]);
  const zip = await zipOf(names, { zip64: 'zip64' });
  for (const [key, body] of Object.entries({ 'many.zip': zip, 'many.tar': tar })) {
    await archives.put(key, body);
    const found: string[] = [];
    let after: string | null = null;
    do {
      const { data, errors } = await archives.ask(key, { first: 60, after });
      expect(errors).toBeUndefined();
      const { nodes, pageInfo }: { nodes: Entry[]; pageInfo: { hasNextPage: boolean; endCursor: string } } =
        data.object.archive.entries;
      found.push(...nodes.map(({ path }) => path));
      after = pageInfo.hasNextPage ? pageInfo.endCursor : null;
    } while (after !== null);
    expect(found).toEqual(names);
  }
  const { data } = await archives.ask('many.zip', { first: 1 });
  const { errors } = await archives.ask('many.tar', { after: data.object.archive.entries.pageInfo.endCursor });
  expect(errors).toMatchObject([{ extensions: { code: 'INVALID_INPUT' } }]);
});

test('what is no archive by its bytes is null, whatever its name', async () => {
  await archives.put('text.zip', Buffer.from('not a zip, and not a tar'));
  await archives.put('empty.tar', Buffer.alloc(0));
  await archives.put('zeros.tar', Buffer.alloc(2048));
  await archives.put('short', Buffer.from('PK'));
  for (const key of ['text.zip', 'empty.tar', 'zeros.tar', 'short']) {
    expect(await archives.list(key)).toBeNull();
  }
  await archives.put('picture.png', await zipOf([]));
  expect(await archives.list('picture.png')).toEqual({ format: 'ZIP', entries: [] });
});

test('of a large archive only what the list needs is read', async () => {
  // A request that reads more than 16 MiB of archives fails.
  const content = Buffer.alloc(30 * 1024 * 1024, 'x');
  const tar = Buffer.concat([tarEntry({ name: 'a', content }), tarEntry({ name: 'b', content }), Buffer.alloc(1024)]);
  await archives.put('large.tar', tar);
  expect((await archives.list('large.tar'))?.entries).toMatchObject([
    { path: 'a', size: content.length },
    { path: 'b' },
  ]);
  await archives.put('large.zip', await zipOf(['a'], { content }));
  expect((await archives.list('large.zip'))?.entries).toMatchObject([{ path: 'a', compressedSize: content.length }]);
});

test('one request reads only so much of archives', async () => {
  const content = Buffer.alloc(40_000);
  const entries = Array.from({ length: 110 }, (_, n) => tarEntry({ name: `n${n}`, content }));
  await archives.put('wide.tar', Buffer.concat([...entries, Buffer.alloc(1024)]));
  const lists = Array.from({ length: 6 }, (_, n) => `l${n}: entries(first: 100) { nodes { path } }`);
  const { errors } = await archives.server.graphql(
    `{ object(bucket: "packed", key: "wide.tar") { archive { ${lists.join(' ')} } } }`,
  );
  expect(errors).toContainEqual(
    expect.objectContaining({ extensions: { code: 'INVALID_INPUT', reason: 'ArchiveTooLarge' } }),
  );
});

test('who may not read an object does not see what is in it', async () => {
  await archives.put('secret.zip', await zipOf(['secret-name']));
  await archives.server.graphql(
    'mutation { createUser(input: { username: "mia", password: "correct horse", role: MEMBER }) { userErrors { message } } }',
  );
  const policy = {
    Version: '2012-10-17',
    Statement: ['s3:ListBucket', 's3:GetObjectTagging'].map((Action) => ({
      ...{ Effect: 'Allow', Principal: { AWS: 'arn:aws:iam::default:user/mia' }, Action },
      Resource: ['arn:aws:s3:::packed', 'arn:aws:s3:::packed/*'],
    })),
  };
  await archives.server.graphql(
    'mutation($input: PutBucketPolicyInput!) { putBucketPolicy(input: $input) { userErrors { message } } }',
    { input: { bucket: 'packed', policy } },
  );
  const { data, errors } = await archives.server.graphql(
    '{ bucket(name: "packed") { objects(first: 1, prefix: "secret") { nodes { key archive { entries(first: 1) { nodes { path } } } } } } }',
    {},
    await archives.server.login('mia', 'correct horse'),
  );
  expect([errors, data.bucket.objects.nodes]).toEqual([undefined, [{ key: 'secret.zip', archive: null }]]);
});

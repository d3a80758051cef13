import {
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectsCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import fc from 'fast-check';
import { startTestServer, type TestServer } from '../support/server.js';

/** `SEED=… npm test -- test/s3/listing-properties.test.ts` repeats a run; a failure prints its own. */
const runs = { numRuns: 12, ...(process.env.SEED === undefined ? {} : { seed: Number(process.env.SEED) }) };

let server: TestServer;
let made = 0;

beforeAll(async () => {
  server = await startTestServer();
});

afterAll(async () => {
  expect(server.problems).toEqual([]);
  await server.stop();
});

const letter = fc.constantFrom('a', 'b', 'a', '/', '/', '.', ' ', '+', '%', 'é', '\u0001', '\uffee', '😀');
const anyKey = fc.string({ unit: letter, minLength: 1, maxLength: 6 });
const anyPrefix = fc.string({ unit: letter, maxLength: 2 });
const anyDelimiter = fc.constantFrom(undefined, '/', '/', 'a', 'é', '//', '😀', '\u0001');
const anyQuery = fc.record({ prefix: anyPrefix, delimiter: anyDelimiter, pageSize: fc.integer({ min: 1, max: 6 }) });
type ListQuery = typeof anyQuery extends fc.Arbitrary<infer Value> ? Value : never;

/** An entry of a listing: what stands for a key itself, or the prefix that several share. */
type Entry<Item> = { item: Item } | { prefix: string };

/** The listing as the documentation tells it: everything is sorted, cut down to the prefix, and rolled up. */
function expected<Item extends { key: string }>(items: Item[], { prefix, delimiter }: ListQuery): Entry<Item>[] {
  const entries: Entry<Item>[] = [];
  const seen = new Set<string>();
  for (const item of items.toSorted((a, b) => Buffer.compare(Buffer.from(a.key), Buffer.from(b.key)))) {
    if (!item.key.startsWith(prefix)) {
      continue;
    }
    const at = delimiter === undefined ? -1 : item.key.indexOf(delimiter, prefix.length);
    const shared = at < 0 ? undefined : item.key.slice(0, at + (delimiter ?? '').length);
    if (shared === undefined) {
      entries.push({ item });
    } else if (!seen.has(shared)) {
      seen.add(shared);
      entries.push({ prefix: shared });
    }
  }
  return entries;
}

async function newBucket(): Promise<string> {
  made += 1;
  const Bucket = `listing-${made}`;
  await server.s3.send(new CreateBucketCommand({ Bucket }));
  return Bucket;
}

const decoded = (text: string | undefined) => decodeURIComponent(text ?? '');

/** What S3 shows of one page, in its own order: keys and prefixes come apart in the document. */
interface Page {
  keys: { key: string; id?: string | undefined }[];
  prefixes: string[];
  next?: Record<string, string | undefined> | undefined;
}

/** Follows the pages to the end, and checks that each but the last is full. */
async function follow(
  pageSize: number,
  read: (from: Record<string, string | undefined>) => Promise<Page>,
): Promise<{ keys: Page['keys']; prefixes: string[] }> {
  const whole = { keys: [] as Page['keys'], prefixes: [] as string[] };
  for (let next: Page['next'] = {}; next !== undefined; ) {
    const page = await read(next);
    const size = page.keys.length + page.prefixes.length;
    expect(page.next === undefined ? size <= pageSize : size === pageSize).toBe(true);
    whole.keys.push(...page.keys);
    whole.prefixes.push(...page.prefixes);
    next = page.next;
  }
  return whole;
}

function apart<Item extends { key: string; id?: string }>(entries: Entry<Item>[]) {
  return {
    keys: entries.flatMap((entry) => ('item' in entry ? [entry.item] : [])),
    prefixes: entries.flatMap((entry) => ('prefix' in entry ? [entry.prefix] : [])),
  };
}

function shared(query: ListQuery) {
  return { Prefix: query.prefix, Delimiter: query.delimiter, EncodingType: 'url' as const };
}

async function pageOfVersion1(Bucket: string, query: ListQuery, Marker: string | undefined): Promise<Page> {
  const page = await server.s3.send(
    new ListObjectsCommand({ Bucket, ...shared(query), MaxKeys: query.pageSize, Marker }),
  );
  const keys = (page.Contents ?? []).map(({ Key }) => ({ key: decoded(Key) }));
  const last = query.delimiter === undefined ? keys.at(-1)?.key : decoded(page.NextMarker);
  return { keys, prefixes: prefixesOf(page), next: page.IsTruncated ? { marker: last } : undefined };
}

async function pageOfVersion2(Bucket: string, query: ListQuery, token: string | undefined): Promise<Page> {
  const page = await server.s3.send(
    new ListObjectsV2Command({ Bucket, ...shared(query), MaxKeys: query.pageSize, ContinuationToken: token }),
  );
  const keys = (page.Contents ?? []).map(({ Key }) => ({ key: decoded(Key) }));
  expect(page.KeyCount).toBe(keys.length + prefixesOf(page).length);
  return {
    ...{ keys, prefixes: prefixesOf(page) },
    next: page.IsTruncated ? { token: page.NextContinuationToken } : undefined,
  };
}

function prefixesOf({ CommonPrefixes }: { CommonPrefixes?: { Prefix?: string }[] | undefined }): string[] {
  return (CommonPrefixes ?? []).map(({ Prefix }) => decoded(Prefix));
}

test('objects are listed as a sorted list would be, by either version of the operation', async () => {
  const anyCase = fc.record({
    keys: fc.uniqueArray(anyKey, { minLength: 1, maxLength: 16 }),
    queries: fc.array(anyQuery, { minLength: 4, maxLength: 4 }),
    after: anyKey,
  });
  await fc.assert(
    fc.asyncProperty(anyCase, async ({ keys, queries, after }) => {
      const Bucket = await newBucket();
      await Promise.all(keys.map((Key) => server.s3.send(new PutObjectCommand({ Bucket, Key, Body: 'x' }))));
      const items = keys.map((key) => ({ key }));
      for (const query of queries) {
        const wanted = apart(expected(items, query));
        expect(await follow(query.pageSize, ({ marker }) => pageOfVersion1(Bucket, query, marker))).toEqual(wanted);
        expect(await follow(query.pageSize, ({ token }) => pageOfVersion2(Bucket, query, token))).toEqual(wanted);
      }
      const behind = items.filter(({ key }) => Buffer.compare(Buffer.from(key), Buffer.from(after)) > 0);
      const all = { prefix: '', delimiter: undefined, pageSize: 1000 };
      const { Contents = [] } = await server.s3.send(
        new ListObjectsV2Command({ Bucket, ...shared(all), StartAfter: after }),
      );
      expect(Contents.map(({ Key }) => ({ key: decoded(Key) }))).toEqual(apart(expected(behind, all)).keys);
    }),
    runs,
  );
});

test('versions are listed key by key, the newest first', async () => {
  const anyStep = fc.constantFrom('put', 'put', 'put', 'delete');
  const anyCase = fc.record({
    keys: fc.uniqueArray(anyKey, { minLength: 1, maxLength: 5 }),
    steps: fc.array(anyStep, { minLength: 1, maxLength: 20 }),
    queries: fc.array(anyQuery, { minLength: 4, maxLength: 4 }),
  });
  await fc.assert(
    fc.asyncProperty(anyCase, async ({ keys, steps, queries }) => {
      const Bucket = await newBucket();
      const VersioningConfiguration = { Status: 'Enabled' as const };
      await server.s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration }));
      const versions: { key: string; id: string }[] = [];
      for (const [index, what] of steps.entries()) {
        const Key = keys[index % keys.length] ?? 'k';
        const { VersionId = '' } =
          what === 'put'
            ? await server.s3.send(new PutObjectCommand({ Bucket, Key, Body: String(index) }))
            : await server.s3.send(new DeleteObjectCommand({ Bucket, Key }));
        versions.unshift({ key: Key, id: VersionId });
      }
      for (const query of queries) {
        const found = await follow(query.pageSize, (next) => pageOfVersions(Bucket, query, next));
        const wanted = apart(expected(versions, query));
        expect(found.prefixes).toEqual(wanted.prefixes);
        expect(inOrder(found.keys)).toEqual(inOrder(wanted.keys));
      }
    }),
    runs,
  );
});

/** Versions and delete markers come apart in the document too, each in the order of all. */
function inOrder(versions: Page['keys']): Record<string, string[]> {
  const byKey: Record<string, string[]> = {};
  for (const { key, id = '' } of versions) {
    byKey[key] = [...(byKey[key] ?? []), id].toSorted();
  }
  return byKey;
}

async function pageOfVersions(Bucket: string, query: ListQuery, next: Record<string, string | undefined>) {
  const page = await server.s3.send(
    new ListObjectVersionsCommand({
      ...{ Bucket, ...shared(query), MaxKeys: query.pageSize },
      ...{ KeyMarker: next.key, VersionIdMarker: next.id },
    }),
  );
  const entries = [...(page.Versions ?? []), ...(page.DeleteMarkers ?? [])];
  for (const kind of [page.Versions ?? [], page.DeleteMarkers ?? []]) {
    const places = kind.map(({ Key, VersionId }) => ({ key: Buffer.from(decoded(Key)), id: VersionId ?? '' }));
    const sorted = places.toSorted((a, b) => Buffer.compare(a.key, b.key) || (a.id < b.id ? 1 : -1));
    expect(places).toEqual(sorted);
  }
  return {
    keys: entries.map(({ Key, VersionId }) => ({ key: decoded(Key), id: VersionId })),
    prefixes: prefixesOf(page),
    next: page.IsTruncated
      ? { key: decoded(page.NextKeyMarker), id: page.NextVersionIdMarker || undefined }
      : undefined,
  };
}

test('uploads are listed by key, the oldest first', async () => {
  const anyCase = fc.record({
    keys: fc.array(anyKey, { minLength: 1, maxLength: 10 }),
    queries: fc.array(anyQuery, { minLength: 4, maxLength: 4 }),
  });
  await fc.assert(
    fc.asyncProperty(anyCase, async ({ keys, queries }) => {
      const Bucket = await newBucket();
      const uploads: { key: string; id: string }[] = [];
      for (const Key of [...keys, ...keys.slice(0, 3)]) {
        const { UploadId = '' } = await server.s3.send(new CreateMultipartUploadCommand({ Bucket, Key }));
        uploads.push({ key: Key, id: UploadId });
      }
      for (const query of queries) {
        const found = await follow(query.pageSize, (next) => pageOfUploads(Bucket, query, next));
        expect(found).toEqual(apart(expected(uploads, query)));
      }
    }),
    runs,
  );
});

async function pageOfUploads(Bucket: string, query: ListQuery, next: Record<string, string | undefined>) {
  const page = await server.s3.send(
    new ListMultipartUploadsCommand({
      ...{ Bucket, ...shared(query), MaxUploads: query.pageSize },
      ...{ KeyMarker: next.key, UploadIdMarker: next.id },
    }),
  );
  return {
    keys: (page.Uploads ?? []).map(({ Key, UploadId }) => ({ key: decoded(Key), id: UploadId })),
    prefixes: prefixesOf(page),
    next: page.IsTruncated ? { key: decoded(page.NextKeyMarker), id: page.NextUploadIdMarker || undefined } : undefined,
  };
}

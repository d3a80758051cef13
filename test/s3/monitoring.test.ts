import {
  type AnalyticsConfiguration,
  CreateBucketCommand,
  DeleteBucketAnalyticsConfigurationCommand,
  DeleteBucketIntelligentTieringConfigurationCommand,
  DeleteBucketMetricsConfigurationCommand,
  GetBucketAnalyticsConfigurationCommand,
  GetBucketIntelligentTieringConfigurationCommand,
  GetBucketMetricsConfigurationCommand,
  type IntelligentTieringConfiguration,
  ListBucketAnalyticsConfigurationsCommand,
  ListBucketIntelligentTieringConfigurationsCommand,
  ListBucketMetricsConfigurationsCommand,
  type MetricsConfiguration,
  PutBucketAnalyticsConfigurationCommand,
  PutBucketIntelligentTieringConfigurationCommand,
  PutBucketMetricsConfigurationCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { startTestServer, type TestServer } from '../support/server.js';
import { refusalOf } from './code-of.js';
import { sendSigned } from './raw-request.js';

const Bucket = 'watched';
const Tags = [{ Key: 'a', Value: '1' }];

let server: TestServer;
let s3: S3Client;

beforeAll(async () => {
  server = await startTestServer();
  s3 = server.s3;
  await s3.send(new CreateBucketCommand({ Bucket }));
});

afterAll(async () => {
  expect(server.problems).toEqual([]);
  await server?.stop();
});

async function shown(field: string, selection: string): Promise<Record<string, unknown>[]> {
  const query = `query($name: String!) { bucket(name: $name) { list: ${field}(first: 10) { nodes { ${selection} } } } }`;
  return (await server.graphql(query, { name: Bucket })).data.bucket.list.nodes;
}

async function set(mutation: string, input: object): Promise<unknown> {
  const type = `${mutation.charAt(0).toUpperCase()}${mutation.slice(1)}Input`;
  const query = `mutation($input: ${type}!) { set: ${mutation}(input: $input) { userErrors { message } } }`;
  const { data, errors } = await server.graphql(query, { input: { bucket: Bucket, ...input } });
  return errors ?? data.set.userErrors;
}

describe('configurations of analytics', () => {
  const put = (more: Partial<AnalyticsConfiguration>, Id = 'a') =>
    s3.send(
      new PutBucketAnalyticsConfigurationCommand({
        ...{ Bucket, Id },
        AnalyticsConfiguration: { Id: 'a', StorageClassAnalysis: {}, ...more },
      }),
    );
  const get = async (Id = 'a') =>
    (await s3.send(new GetBucketAnalyticsConfigurationCommand({ Bucket, Id }))).AnalyticsConfiguration;

  test('come back as they were put, with every kind of filter, and by GraphQL', async () => {
    const full: AnalyticsConfiguration = {
      Id: 'a',
      Filter: { And: { Prefix: 'p/', Tags } },
      StorageClassAnalysis: {
        DataExport: {
          OutputSchemaVersion: 'V_1',
          Destination: { S3BucketDestination: { Format: 'CSV', Bucket: `arn:aws:s3:::${Bucket}`, Prefix: 'out' } },
        },
      },
    };
    await put(full);
    expect(await get()).toEqual(full);
    expect(
      await shown('analyticsConfigurations', 'id filter { prefix tags { key value } } exportTo { bucket prefix }'),
    ).toEqual([
      {
        id: 'a',
        filter: { prefix: 'p/', tags: [{ key: 'a', value: '1' }] },
        exportTo: { bucket: Bucket, prefix: 'out' },
      },
    ]);
    await put({ Filter: { Prefix: 'p/' } });
    expect((await get())?.Filter).toEqual({ Prefix: 'p/' });
    await put({ Filter: { Tag: Tags[0] as { Key: string; Value: string } } });
    expect((await get())?.Filter).toEqual({ Tag: Tags[0] });
    await put({});
    expect(await get()).toEqual({ Id: 'a', StorageClassAnalysis: {} });
  });

  test('are set by GraphQL, listed by S3, and taken away', async () => {
    expect(await set('setBucketAnalytics', { id: 'b', filter: { prefix: 'x' }, exportTo: { bucket: Bucket } })).toEqual(
      [],
    );
    const { AnalyticsConfigurationList = [], IsTruncated } = await s3.send(
      new ListBucketAnalyticsConfigurationsCommand({ Bucket }),
    );
    expect([IsTruncated, AnalyticsConfigurationList.find(({ Id }) => Id === 'b')?.Filter]).toEqual([
      false,
      { Prefix: 'x' },
    ]);
    await s3.send(new DeleteBucketAnalyticsConfigurationCommand({ Bucket, Id: 'b' }));
    expect(await refusalOf(get('b'))).toBe('NoSuchConfiguration');
  });

  test('that S3 would refuse are refused', async () => {
    expect(await refusalOf(put({}, 'other'))).toBe('IdMismatch');
    expect(await refusalOf(put({ StorageClassAnalysis: undefined }))).toBe('MalformedXML');
    const path = `/${Bucket}?analytics&id=a`;
    const filters = [
      ['<Filter><Prefix>a</Prefix><Tag><Key>k</Key><Value>v</Value></Tag></Filter>', 'MalformedXML'],
      ['<Filter><Colour>red</Colour></Filter>', 'MalformedXML'],
      ['<Filter><AccessPointArn>arn:aws:s3:us-east-1:1:accesspoint/a</AccessPointArn></Filter>', 'NotImplemented'],
    ];
    for (const [filter, code] of filters) {
      const body = `<AnalyticsConfiguration><Id>a</Id>${filter}<StorageClassAnalysis/></AnalyticsConfiguration>`;
      expect([filter, (await sendSigned(server, { method: 'PUT', path, body })).code]).toEqual([filter, code]);
    }
    expect((await sendSigned(server, { method: 'PUT', path: `/${Bucket}?analytics`, body: 'x' })).status).toBe(405);
  });
});

test('configurations of metrics come back as they were put, and are listed and taken away', async () => {
  const put = (MetricsConfiguration: MetricsConfiguration) =>
    s3.send(new PutBucketMetricsConfigurationCommand({ Bucket, Id: MetricsConfiguration.Id, MetricsConfiguration }));
  const get = async (Id: string) =>
    (await s3.send(new GetBucketMetricsConfigurationCommand({ Bucket, Id }))).MetricsConfiguration;
  const filtered = { Id: 'some', Filter: { And: { Prefix: 'p/', Tags: [...Tags, { Key: 'b', Value: '2' }] } } };
  await put(filtered);
  await put({ Id: 'EntireBucket' });
  expect([await get('some'), await get('EntireBucket')]).toEqual([filtered, { Id: 'EntireBucket' }]);
  expect(await set('setBucketMetrics', { id: 'third', filter: { tags: [{ key: 'k', value: 'v' }] } })).toEqual([]);
  const { MetricsConfigurationList = [] } = await s3.send(new ListBucketMetricsConfigurationsCommand({ Bucket }));
  expect(MetricsConfigurationList.map(({ Id }) => Id)).toEqual(['EntireBucket', 'some', 'third']);
  expect((await shown('metricsConfigurations', 'id')).map(({ id }) => id)).toEqual(['EntireBucket', 'some', 'third']);
  await s3.send(new DeleteBucketMetricsConfigurationCommand({ Bucket, Id: 'some' }));
  expect(await set('deleteBucketMetrics', { id: 'third' })).toEqual([]);
  expect(await refusalOf(get('third'))).toBe('NoSuchConfiguration');
  expect(await refusalOf(get('some'))).toBe('NoSuchConfiguration');
  expect(await refusalOf(put({ Id: 'a b' }))).toBe('InvalidArgument');
});

describe('configurations of intelligent tiering', () => {
  const put = (more: Partial<IntelligentTieringConfiguration>) =>
    s3.send(
      new PutBucketIntelligentTieringConfigurationCommand({
        ...{ Bucket, Id: 't' },
        IntelligentTieringConfiguration: {
          ...{ Id: 't', Status: 'Enabled', Tierings: [{ AccessTier: 'ARCHIVE_ACCESS', Days: 90 }] },
          ...more,
        },
      }),
    );
  const get = async () =>
    (await s3.send(new GetBucketIntelligentTieringConfigurationCommand({ Bucket, Id: 't' })))
      .IntelligentTieringConfiguration;

  test('come back as they were put, by GraphQL too, and are listed and taken away', async () => {
    const full: IntelligentTieringConfiguration = {
      ...{ Id: 't', Status: 'Disabled', Filter: { Prefix: 'cold/' } },
      Tierings: [
        { AccessTier: 'ARCHIVE_ACCESS', Days: 100 },
        { AccessTier: 'DEEP_ARCHIVE_ACCESS', Days: 200 },
      ],
    };
    await put(full);
    expect(await get()).toEqual(full);
    expect(
      await shown('intelligentTieringConfigurations', 'id enabled filter { prefix } tierings { accessTier days }'),
    ).toEqual([
      {
        ...{ id: 't', enabled: false, filter: { prefix: 'cold/' } },
        tierings: [
          { accessTier: 'ARCHIVE_ACCESS', days: 100 },
          { accessTier: 'DEEP_ARCHIVE_ACCESS', days: 200 },
        ],
      },
    ]);
    const list = await s3.send(new ListBucketIntelligentTieringConfigurationsCommand({ Bucket }));
    expect(list.IntelligentTieringConfigurationList).toEqual([full]);
    await s3.send(new DeleteBucketIntelligentTieringConfigurationCommand({ Bucket, Id: 't' }));
    expect(await refusalOf(get())).toBe('NoSuchConfiguration');
  });

  test.each<[string, Partial<IntelligentTieringConfiguration>, string]>([
    ['no tier', { Tierings: [] }, 'InvalidArgument'],
    ['too few days', { Tierings: [{ AccessTier: 'ARCHIVE_ACCESS', Days: 89 }] }, 'InvalidArgument'],
    [
      'too few days of the deep archive',
      { Tierings: [{ AccessTier: 'DEEP_ARCHIVE_ACCESS', Days: 179 }] },
      'InvalidArgument',
    ],
    ['too many days', { Tierings: [{ AccessTier: 'ARCHIVE_ACCESS', Days: 731 }] }, 'InvalidArgument'],
    [
      'tiers in the wrong order',
      {
        Tierings: [
          { AccessTier: 'ARCHIVE_ACCESS', Days: 200 },
          { AccessTier: 'DEEP_ARCHIVE_ACCESS', Days: 200 },
        ],
      },
      'InvalidArgument',
    ],
    ['an unknown tier', { Tierings: [{ AccessTier: 'CELLAR' as 'ARCHIVE_ACCESS', Days: 90 }] }, 'MalformedXML'],
    ['an unknown status', { Status: 'Perhaps' as 'Enabled' }, 'MalformedXML'],
  ])('with %s are refused', async (_, more, code) => {
    expect(await refusalOf(put(more))).toBe(code);
  });
});

test('a bucket has at most a thousand configurations of a kind', async () => {
  await s3.send(new CreateBucketCommand({ Bucket: 'crowded' }));
  await server.granary.database.pool.query(
    `INSERT INTO named_configuration (bucket_id, kind, id, document)
     SELECT b.id, 'METRICS', 'id-' || n, jsonb_build_object('id', 'id-' || n, 'filter', '{"tags": {}}'::jsonb)
     FROM bucket b, generate_series(1, 1000) n WHERE b.name = 'crowded'`,
  );
  const put = (Id: string) =>
    s3.send(new PutBucketMetricsConfigurationCommand({ Bucket: 'crowded', Id, MetricsConfiguration: { Id } }));
  expect([await refusalOf(put('one-more')), await refusalOf(put('id-7'))]).toEqual(['TooManyConfigurations', 'none']);
});

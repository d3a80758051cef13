import { loadSettings } from '../../src/config/settings.js';

const SECRET = 'a-secret-that-nobody-may-see';

function storesOf(text: string) {
  return loadSettings({ GRANARY_STORES: text }).stores;
}

/** Why settings are refused. */
function problemOf(env: Record<string, string>): string {
  try {
    loadSettings(env);
  } catch (error) {
    return String(error);
  }
  throw new Error('The settings are accepted.');
}

describe('the addresses of stores', () => {
  it('may be none', () => {
    expect(storesOf('')).toEqual([]);
  });

  it('say where blobs are', () => {
    expect(
      storesOf(
        'hot=file:///srv/hot/ cold=s3://bucket/a/b/?region=eu-central-1,far=s3://b-2?endpoint=https://x:9000/&pathStyle=true',
      ),
    ).toEqual([
      { name: 'hot', address: { kind: 'file', root: '/srv/hot' } },
      {
        name: 'cold',
        address: { kind: 's3', bucket: 'bucket', prefix: 'a/b', region: 'eu-central-1', pathStyle: false },
      },
      {
        name: 'far',
        address: { kind: 's3', bucket: 'b-2', prefix: '', endpoint: 'https://x:9000', pathStyle: true },
      },
    ]);
  });

  it('may be in the clouds of Microsoft and Google', () => {
    expect(
      storesOf(
        'hot=azure://account1/my-container/a/b cold=gs://a.bucket_1 far=azure://acc/con?endpoint=https://x/acc/',
      ),
    ).toEqual([
      { name: 'hot', address: { kind: 'azure', account: 'account1', container: 'my-container', prefix: 'a/b' } },
      { name: 'cold', address: { kind: 'gs', bucket: 'a.bucket_1', prefix: '' } },
      {
        name: 'far',
        address: { kind: 'azure', account: 'acc', container: 'con', prefix: '', endpoint: 'https://x/acc' },
      },
    ]);
  });

  it.each([
    ['x', 'no file, s3'],
    ['hot=', 'no file, s3'],
    ['hot=/srv/hot', 'no file, s3'],
    ['Hot=file:///srv', 'a name that is not'],
    ['1=file:///srv', 'a name that is not'],
    ['a/b=file:///srv', 'a name that is not'],
    [`${'a'.repeat(32)}=file:///srv`, 'a name that is not'],
    ['quarantine=file:///srv', 'the reserved name quarantine'],
    ['hot=file:///a hot=file:///b', 'the store hot twice'],
    ['hot=ftp://host/x', 'an unknown scheme'],
    ['hot=https://bucket.s3.amazonaws.com', 'an unknown scheme'],
    ['hot=file:///', 'no absolute path'],
    ['hot=file://srv/hot', 'no absolute path'],
    ['hot=file:///srv?x=1', 'an unknown option'],
    ['hot=file:///srv/%zz', 'a wrong % sequence'],
    ['hot=s3://', 'no bucket'],
    ['hot=s3://b/?Region=x', 'an unknown option'],
    ['hot=s3://bucket/a%2F..%2F..', 'a prefix with'],
    ['hot=s3://bucket/a%20b', 'a prefix with'],
    ['hot=s3://bucket/a//b', 'a prefix with'],
    ['hot=s3://bucket#x', 'a #'],
    ['hot=s3://bucket?region=EU!', 'a wrong region'],
    ['hot=s3://bucket?pathStyle=yes', 'a pathStyle'],
    ['hot=s3://bucket?endpoint=ftp://x', 'a wrong endpoint'],
    ['hot=s3://bucket?endpoint=x', 'a wrong endpoint'],
    ['hot=azure://a/container', 'no storage account'],
    ['hot=azure://Account/container', 'no storage account'],
    ['hot=azure://account', 'no container'],
    ['hot=azure://account/a--b', 'no container'],
    ['hot=azure://account/Container', 'no container'],
    ['hot=azure://account/container/a%2F..%2Fb', 'a prefix with'],
    ['hot=azure://account/container?sig=x', 'an unknown option'],
    ['hot=gs://', 'no bucket'],
    ['hot=gs://bucket/a//b', 'a prefix with'],
    ['hot=gs://bucket?region=eu', 'an unknown option'],
  ])('are refused when they are %p', (text, problem) => {
    expect(problemOf({ GRANARY_STORES: text })).toContain(`GRANARY_STORES has ${problem}`);
  });

  it.each([
    `hot=s3://AKIDEXAMPLE:${SECRET}@bucket`,
    `hot=s3://bucket?endpoint=https://user:${SECRET}@host`,
    `hot=s3://bucket?endpoint=https://host/%3Fkey=${SECRET}`,
    `hot=s3://bucket?secret=${SECRET}`,
    `hot=s3://bucket#${SECRET}`,
    `hot=file:///srv?key=${SECRET}`,
    `hot=https://${SECRET}@host`,
    `${SECRET}@=file:///srv`,
  ])('have no secrets in them, which no message shows: %#', (text) => {
    expect(problemOf({ GRANARY_STORES: text })).not.toContain(SECRET);
  });

  it.each([
    ['file:///srv/a', 'file:///srv/a'],
    ['file:///srv/a', 'file:///srv/a/b'],
    ['file:///srv/a', 'file:///srv//a/'],
    ['file:///srv/a', 'file:///srv/x/../a'],
    ['s3://bucket', 's3://bucket/x'],
    ['s3://bucket/x', 's3://bucket/x?region=eu-west-1'],
    ['azure://account/container', 'azure://account/container/x'],
    ['gs://bucket/x', 'gs://bucket/x/y'],
    ['s3://bucket/x?endpoint=https://host', 's3://bucket/x/y?endpoint=https://HOST:443/&pathStyle=true'],
  ])('are refused when one store is inside of the other: %s and %s', (a, b) => {
    for (const [first, second] of [
      [a, b],
      [b, a],
    ]) {
      expect(problemOf({ GRANARY_STORES: `hot=${first} cold=${second}` })).toContain('at one place');
    }
  });

  it.each([
    ['file:///srv/a', 'file:///srv/ab'],
    ['s3://bucket/x', 's3://bucket/xy'],
    ['s3://bucket/x', 's3://bucket/y'],
    ['s3://bucket', 's3://bucket-2'],
    ['azure://account/container', 'azure://account/container2'],
    ['s3://bucket', 'gs://bucket'],
    ['s3://bucket?endpoint=https://one', 's3://bucket?endpoint=https://two'],
  ])('may lie side by side: %s and %s', (a, b) => {
    expect(storesOf(`hot=${a} cold=${b}`)).toHaveLength(2);
  });
});

describe('the credentials of stores', () => {
  it('are by the name of the store, and may have colons and equals signs in the secret', () => {
    const { storeCredentials } = loadSettings({ GRANARY_STORE_CREDENTIALS: 'hot=id:a:b=c+/ cold=id2:x' });
    expect([...storeCredentials]).toEqual([
      ['hot', { id: 'id', secret: 'a:b=c+/' }],
      ['cold', { id: 'id2', secret: 'x' }],
    ]);
  });

  it.each([
    SECRET,
    `hot=${SECRET}`,
    `hot=:${SECRET}`,
    'hot=id:',
    `=id:${SECRET}`,
    `Hot=id:${SECRET}`,
    `hot=id:${SECRET} hot=id:${SECRET}`,
  ])('are refused, without being shown, when they are wrong: %#', (text) => {
    const problem = problemOf({ GRANARY_STORE_CREDENTIALS: text });
    expect(problem).toContain('GRANARY_STORE_CREDENTIALS is not a list of name=id:secret');
    expect(problem).not.toContain(SECRET);
  });
});

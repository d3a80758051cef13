import { resolve } from 'node:path';
import { loadSettings, settingVariables, unknownVariables } from '../../src/config/settings.js';
import { GranaryError } from '../../src/errors.js';

function refusal(env: NodeJS.ProcessEnv): string {
  try {
    loadSettings(env);
  } catch (error) {
    if (error instanceof GranaryError && error.kind === 'InvalidInput') {
      return error.message;
    }
    throw error;
  }
  throw new Error('The settings were taken');
}

test('without any variable the defaults hold', () => {
  expect(loadSettings({})).toMatchObject({
    httpPort: 4000,
    s3Port: 9000,
    host: '127.0.0.1',
    dataDir: resolve('data'),
    databaseUrl: undefined,
    databasePool: 20,
    s3Region: 'us-east-1',
    masterKeys: undefined,
    workers: 1,
    inlineLimit: 32_768,
    maxUploadSize: 5 * 2 ** 40,
    idleTimeoutMs: 60_000,
    gcGraceSeconds: 3600,
    dedupScope: 'tenant',
    logLevel: 'info',
    accessTokenSeconds: 900,
    production: false,
  });
});

test('a variable that is set to nothing counts as not set', () => {
  expect(loadSettings({ GRANARY_HTTP_PORT: '', DATABASE_URL: '' })).toMatchObject({
    httpPort: 4000,
    databaseUrl: undefined,
  });
});

test('values are taken in their units', () => {
  const settings = loadSettings({
    GRANARY_INLINE_LIMIT: '64KiB',
    GRANARY_MAX_UPLOAD_SIZE: '2 GiB',
    GRANARY_IDLE_TIMEOUT: '5',
    GRANARY_MASTER_KEY: '0123456789abcdef'.repeat(4),
    GRANARY_PUBLIC_URL: 'https://files.example.com/',
    NODE_ENV: 'production',
  });
  expect(settings).toMatchObject({
    inlineLimit: 65_536,
    maxUploadSize: 2 ** 31,
    idleTimeoutMs: 5000,
    masterKeys: [Buffer.from('0123456789abcdef'.repeat(4), 'hex')],
    publicUrl: 'https://files.example.com',
    production: true,
  });
});

test.each([
  ['GRANARY_HTTP_PORT', '80.5', 'is not a whole number', '4000'],
  ['GRANARY_HTTP_PORT', '65536', 'is not between 0 and 65535', '4000'],
  ['GRANARY_S3_PORT', '-1', 'is not a whole number', '9000'],
  ['GRANARY_HOST', 'a b', 'is not a host name or an IP address', '0.0.0.0'],
  ['DATABASE_URL', 'mysql://localhost/x', 'is not an address', 'postgresql://'],
  ['DATABASE_URL', 'localhost', 'is not an address', 'postgresql://'],
  ['GRANARY_DATABASE_POOL', '1', 'is not between 4 and 1000', '20'],
  ['GRANARY_ADMIN_PASSWORD', 'short', 'is not 8 to 256 characters long', 'passphrase'],
  ['GRANARY_TRUSTED_PROXIES', '10.0.0.0/8, proxy', 'is not a list of IP addresses and ranges', '10.0.0.0/8'],
  ['GRANARY_S3_REGION', 'US East', 'lower-case', 'us-east-1'],
  ['GRANARY_MASTER_KEY', 'abc', 'is not 32 bytes in base64 or hex', 'openssl rand -base64 32'],
  ['GRANARY_WORKERS', '0', 'is not between 1 and 256', '4'],
  ['GRANARY_WORKERS', 'many', 'is not a whole number', '4'],
  ['GRANARY_INLINE_LIMIT', '2MiB', 'is not between 0 and 1048576 bytes', '32KiB'],
  ['GRANARY_MAX_UPLOAD_SIZE', '5 TB', 'is not a number of bytes', '100GiB'],
  ['GRANARY_IDLE_TIMEOUT', '0', 'is not between 1 and 3600', '60'],
  ['GRANARY_GC_GRACE', '1h', 'is not a whole number', '3600'],
  ['GRANARY_STALE_UPLOAD', '5', 'is not between', '86400'],
  ['GRANARY_MULTIPART_EXPIRY', 'x', 'is not a whole number', '604800'],
  ['GRANARY_TOMBSTONE_RETENTION', 'x', 'is not a whole number', '2592000'],
  ['GRANARY_DEDUP_SCOPE', 'bucket', 'is not one of tenant, global', 'tenant'],
  ['GRANARY_PUBLIC_URL', 'files.example.com', 'is not an address', 'https://files.example.com'],
  ['GRANARY_S3_PUBLIC_URL', 'ftp://x', 'is not an address', 'https://s3.example.com'],
  ['GRANARY_LOG_LEVEL', 'loud', 'is not one of', 'info'],
])('%s=%s is refused with its name, the problem and an example', (variable, value, problem, example) => {
  const message = refusal({ [variable]: value });
  expect(message).toContain(`${variable} is`);
  expect(message).toContain(problem);
  expect(message).toContain('Example: ');
  expect(message).toContain(example);
});

test('all wrong settings are told at once, and no value is repeated', () => {
  const message = refusal({ GRANARY_MASTER_KEY: 'my-secret', GRANARY_WORKERS: 'x' });
  expect(message.split('\n')).toHaveLength(2);
  expect(message).not.toContain('my-secret');
});

test.each([
  [{ GRANARY_ROOT_ACCESS_KEY: 'GRANARYROOT' }, 'GRANARY_ROOT_SECRET_KEY is missing'],
  [{ GRANARY_ROOT_SECRET_KEY: 'a-secret-of-mine' }, 'GRANARY_ROOT_ACCESS_KEY is missing'],
])('the root key is given as a pair (%j)', (env, problem) => {
  expect(refusal(env)).toContain(problem);
});

test('a misspelt name is noticed', () => {
  const env = Object.fromEntries([...settingVariables(), 'GRANARY_HTPP_PORT', 'PATH'].map((name) => [name, 'x']));
  expect(unknownVariables(env)).toEqual(['GRANARY_HTPP_PORT']);
});

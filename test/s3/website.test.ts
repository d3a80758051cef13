import {
  CopyObjectCommand,
  CreateBucketCommand,
  DeleteBucketWebsiteCommand,
  GetBucketWebsiteCommand,
  HeadObjectCommand,
  PutBucketPolicyCommand,
  PutBucketWebsiteCommand,
  PutObjectCommand,
  type S3ServiceException,
  type WebsiteConfiguration,
} from '@aws-sdk/client-s3';
import { makeS3User, type S3User } from '../support/s3-user.js';
import { startTestServer, type TestServer } from '../support/server.js';
import { type RawAnswer, send, sendSigned } from './raw-request.js';

let server: TestServer;
let Bucket: string;
let count = 0;

const elsewhere = { Redirect: { HostName: 'example.com' } };
const documents = { IndexDocument: { Suffix: 'index.html' }, ErrorDocument: { Key: 'error.html' } };

beforeAll(async () => {
  server = await startTestServer({ s3WebsiteDomains: ['web.test', '*.sites.test'], s3Domains: ['s3.test'] });
});

afterAll(async () => {
  expect(server.problems).toEqual([]);
  await server.stop();
});

/** A public bucket with some pages. */
async function site(WebsiteConfiguration: WebsiteConfiguration): Promise<void> {
  count += 1;
  Bucket = `site-${count}`;
  await server.s3.send(new CreateBucketCommand({ Bucket }));
  for (const [Key, Body] of [
    ['index.html', 'home'],
    ['error.html', 'sorry'],
    ['docs/index.html', 'docs'],
    ['docs/page.html', 'page'],
  ]) {
    await server.s3.send(new PutObjectCommand({ Bucket, Key, Body, ContentType: 'text/html' }));
  }
  const Resource = [`arn:aws:s3:::${Bucket}`, `arn:aws:s3:::${Bucket}/*`];
  const Statement = [{ Effect: 'Allow', Principal: '*', Action: ['s3:GetObject', 's3:ListBucket'], Resource }];
  const Policy = JSON.stringify({ Version: '2012-10-17', Statement });
  await server.s3.send(new PutBucketPolicyCommand({ Bucket, Policy }));
  await server.s3.send(new PutBucketWebsiteCommand({ Bucket, WebsiteConfiguration }));
}

function visit(path: string, method = 'GET', host = `${Bucket}.web.test`): Promise<RawAnswer> {
  return send(server, { method, path, headers: { host } });
}

async function codeOf(work: Promise<unknown>): Promise<string> {
  try {
    await work;
    return 'none';
  } catch (error) {
    return (error as S3ServiceException).name;
  }
}

async function seen(path: string): Promise<unknown[]> {
  const { status, body, headers } = await visit(path);
  return headers.location === undefined ? [status, body] : [status, headers.location];
}

describe('a website', () => {
  test('shows the index document of its root and of folders', async () => {
    await site(documents);
    expect(await seen('/')).toEqual([200, 'home']);
    expect(await seen('/docs/')).toEqual([200, 'docs']);
    expect(await seen('/docs/page.html?versionId=x&acl')).toEqual([200, 'page']);
    expect((await visit('/')).headers['content-type']).toBe('text/html');
  });

  test('sends a browser from a folder without a slash to the one with it', async () => {
    await site(documents);
    expect(await seen('/docs')).toEqual([302, '/docs/']);
  });

  test('shows its error document, with the status of the error', async () => {
    await site(documents);
    const answer = await visit('/missing');
    expect([answer.status, answer.body, answer.headers['x-amz-error-code']]).toEqual([404, 'sorry', 'NoSuchKey']);
  });

  test('has a page of its own for errors without such a document', async () => {
    await site({ IndexDocument: { Suffix: 'index.html' } });
    const answer = await visit('/missing');
    expect([answer.status, answer.headers['content-type']]).toEqual([404, 'text/html; charset=utf-8']);
    expect(answer.body).toContain('<h1>404 Not Found</h1>');
    expect(answer.body).toContain('<li>Code: NoSuchKey</li>');
    expect(answer.headers).toMatchObject({
      'x-amz-error-code': 'NoSuchKey',
      'x-amz-error-message': 'The specified key does not exist.',
    });
    const asked = { host: `${Bucket}.web.test`, origin: 'https://a.example', 'access-control-request-method': 'GET' };
    const preflight = await send(server, { method: 'OPTIONS', path: '/', headers: asked });
    expect([preflight.status, preflight.headers['x-amz-error-code']]).toEqual([403, 'AccessForbidden']);
    expect(preflight.body).toContain('<li>Code: AccessForbidden</li>');
  });

  test('answers HEAD, ranges and conditions, and no other methods', async () => {
    await site(documents);
    const head = await visit('/docs/page.html', 'HEAD');
    expect([head.status, head.headers['content-length'], head.body]).toEqual([200, '4', '']);
    const host = `${Bucket}.web.test`;
    const part = await send(server, { path: '/docs/page.html', headers: { host, range: 'bytes=1-2' } });
    expect([part.status, part.body]).toEqual([206, 'ag']);
    const etag = String(head.headers.etag);
    expect((await send(server, { path: '/docs/page.html', headers: { host, 'if-none-match': etag } })).status).toBe(
      304,
    );
    for (const method of ['PUT', 'POST', 'DELETE']) {
      expect((await visit('/docs/page.html', method)).status).toBe(405);
    }
  });

  test('shows nothing that is not public, whoever signs', async () => {
    await site(documents);
    const Policy = JSON.stringify({
      Version: '2012-10-17',
      Statement: [
        { Effect: 'Allow', Principal: '*', Action: 's3:GetObject', Resource: `arn:aws:s3:::${Bucket}/docs/*` },
      ],
    });
    await server.s3.send(new PutBucketPolicyCommand({ Bucket, Policy }));
    expect((await visit('/')).status).toBe(403);
    const headers = { host: `${Bucket}.web.test` };
    expect((await sendSigned(server, { path: '/', headers })).status).toBe(403);
    expect(await seen('/docs/')).toEqual([200, 'docs']);
  });

  test('ends with its configuration', async () => {
    await site(documents);
    await server.s3.send(new DeleteBucketWebsiteCommand({ Bucket }));
    const gone = await visit('/');
    expect([gone.status, gone.headers['x-amz-error-code']]).toEqual([404, 'NoSuchWebsiteConfiguration']);
    expect((await visit('/', 'GET', 'no-such-bucket.web.test')).headers['x-amz-error-code']).toBe('NoSuchBucket');
    expect(await codeOf(server.s3.send(new GetBucketWebsiteCommand({ Bucket })))).toBe('NoSuchWebsiteConfiguration');
  });
});

describe('a website of another tenant', () => {
  const tenant = 'acme';
  let owner: S3User;

  beforeAll(async () => {
    const create = 'mutation($input: CreateTenantInput!) { createTenant(input: $input) { userErrors { message } } }';
    await server.graphql(create, { input: { name: tenant } });
    owner = await makeS3User(server, { username: 'webmaster', tenant });
    for (const name of ['docs', 'docs.v2']) {
      await owner.s3.send(new CreateBucketCommand({ Bucket: name }));
      await owner.s3.send(new PutObjectCommand({ Bucket: name, Key: 'index.html', Body: `${name} of ${tenant}` }));
      await owner.s3.send(new PutBucketWebsiteCommand({ Bucket: name, WebsiteConfiguration: documents }));
      const Statement = [
        { Effect: 'Allow', Principal: '*', Action: 's3:GetObject', Resource: `arn:aws:s3:::${name}/index.html` },
      ];
      const Policy = JSON.stringify({ Version: '2012-10-17', Statement });
      await owner.s3.send(new PutBucketPolicyCommand({ Bucket: name, Policy }));
    }
  });

  afterAll(() => owner.s3.destroy());

  test('is at bucket, tenant and a domain that is for tenants, and a bucket of that name may have dots', async () => {
    const pages = ['docs.acme.sites.test', 'docs.v2.acme.sites.test:8080', 'DOCS.Acme.Sites.test'];
    const bodies = await Promise.all(pages.map(async (host) => (await visit('/', 'GET', host)).body));
    expect(bodies).toEqual(['docs of acme', 'docs.v2 of acme', 'docs of acme']);
  });

  test('shows only what is public, and no page of a tenant or bucket that is not there', async () => {
    expect((await visit('/secret.html', 'GET', 'docs.acme.sites.test')).status).toBe(404);
    for (const host of ['docs.nobody.sites.test', 'none.acme.sites.test', 'docs.default.sites.test', 'docs.web.test']) {
      const { status, headers } = await visit('/', 'GET', host);
      expect([host, status, headers['x-amz-error-code']]).toEqual([host, 404, 'NoSuchBucket']);
    }
  });

  test('is no website without its bucket or its tenant in the host name', async () => {
    for (const host of ['sites.test', 'acme.sites.test', '.acme.sites.test']) {
      const { headers } = await visit('/', 'GET', host);
      expect([host, headers['content-type']]).toEqual([host, 'application/xml']);
    }
  });
});

describe('a redirect', () => {
  test('of all requests goes to another host', async () => {
    await site({ RedirectAllRequestsTo: { HostName: 'example.com', Protocol: 'https' } });
    expect(await seen('/a/%C3%A4%20b')).toEqual([301, 'https://example.com/a/%C3%A4%20b']);
    expect(await seen('/a?b=c&d')).toEqual([301, 'https://example.com/a?b=c&d']);
  });

  test('by prefix replaces the prefix', async () => {
    const rule = { Condition: { KeyPrefixEquals: 'docs/' }, Redirect: { ReplaceKeyPrefixWith: 'documents/' } };
    await site({ ...documents, RoutingRules: [rule] });
    expect(await seen('/docs/page.html')).toEqual([301, '/documents/page.html']);
    expect(await seen('/')).toEqual([200, 'home']);
  });

  test('by error replaces the key, with the status that the rule names', async () => {
    const Condition = { HttpErrorCodeReturnedEquals: '404', KeyPrefixEquals: 'old/' };
    const Redirect = { ReplaceKeyWith: 'new.html', HostName: 'example.com', HttpRedirectCode: '307' };
    await site({ ...documents, RoutingRules: [{ Condition, Redirect }] });
    expect(await seen('/old/page')).toEqual([307, '//example.com/new.html']);
    expect(await seen('/other')).toEqual([404, 'sorry']);
  });

  test('can be said of an object, and a copy does not keep it', async () => {
    await site(documents);
    const put = (WebsiteRedirectLocation: string, Key = 'moved') =>
      codeOf(server.s3.send(new PutObjectCommand({ Bucket, Key, Body: 'x', WebsiteRedirectLocation })));
    expect(await put('https://example.com/there')).toBe('none');
    expect(await seen('/moved')).toEqual([301, 'https://example.com/there']);
    expect(await put('javascript:alert(1)', 'wrong')).toBe('InvalidRedirectLocation');
    const head = (Key: string) => server.s3.send(new HeadObjectCommand({ Bucket, Key }));
    expect((await head('moved')).WebsiteRedirectLocation).toBe('https://example.com/there');
    await server.s3.send(new CopyObjectCommand({ Bucket, Key: 'copy', CopySource: `${Bucket}/moved` }));
    expect((await head('copy')).WebsiteRedirectLocation).toBeUndefined();
  });
});

describe('the configuration of a website', () => {
  test('comes back as it was put, through GraphQL too', async () => {
    const RoutingRules = [
      {
        Condition: { KeyPrefixEquals: 'a/', HttpErrorCodeReturnedEquals: '404' },
        Redirect: { HostName: 'example.com', Protocol: 'https' as const, ReplaceKeyWith: 'b', HttpRedirectCode: '302' },
      },
    ];
    await site({ ...documents, RoutingRules });
    const { $metadata: _, ...read } = await server.s3.send(new GetBucketWebsiteCommand({ Bucket }));
    expect(read).toEqual({ ...documents, RoutingRules });
    const fields =
      'indexSuffix errorKey redirectAllTo routingRules { keyPrefix errorCode hostName protocol replaceKey statusCode }';
    const query = `query($name: String!) { bucket(name: $name) { website { ${fields} } } }`;
    expect((await server.graphql(query, { name: Bucket })).data.bucket.website).toEqual({
      indexSuffix: 'index.html',
      errorKey: 'error.html',
      redirectAllTo: null,
      routingRules: [
        {
          keyPrefix: 'a/',
          errorCode: 404,
          hostName: 'example.com',
          protocol: 'https',
          replaceKey: 'b',
          statusCode: 302,
        },
      ],
    });
    const set =
      'mutation($input: SetBucketWebsiteInput!) { setBucketWebsite(input: $input) { userErrors { message } } }';
    const website = { redirectAllTo: 'example.org' };
    await server.graphql(set, { input: { bucket: Bucket, website } });
    expect(await seen('/x')).toEqual([301, '//example.org/x']);
    await server.graphql(set, { input: { bucket: Bucket, website: null } });
    expect((await visit('/x')).status).toBe(404);
  });

  test.each<[string, WebsiteConfiguration, string]>([
    ['nothing', {}, 'InvalidArgument'],
    ['an index document in a folder', { IndexDocument: { Suffix: 'a/index.html' } }, 'InvalidArgument'],
    ['an empty index document', { IndexDocument: { Suffix: '' } }, 'InvalidArgument'],
    ['two ways', { ...documents, RedirectAllRequestsTo: { HostName: 'example.com' } }, 'MalformedXML'],
    ['a host that is none', { RedirectAllRequestsTo: { HostName: 'a b' } }, 'InvalidArgument'],
    ['a rule to nowhere', { ...documents, RoutingRules: [{ Redirect: {} }] }, 'MalformedXML'],
    [
      'an empty condition',
      { ...documents, RoutingRules: [{ Condition: {}, Redirect: { ReplaceKeyWith: 'a' } }] },
      'MalformedXML',
    ],
    ['51 rules', { ...documents, RoutingRules: Array.from({ length: 51 }, () => elsewhere) }, 'InvalidRequest'],
    [
      'an error that there is not',
      { ...documents, RoutingRules: [{ ...elsewhere, Condition: { HttpErrorCodeReturnedEquals: '418' } }] },
      'InvalidRequest',
    ],
    [
      'a redirect that leaves the choice',
      { ...documents, RoutingRules: [{ Redirect: { HostName: 'example.com', HttpRedirectCode: '300' } }] },
      'InvalidRequest',
    ],
    [
      'more than 128 KiB',
      { ...documents, RoutingRules: Array.from({ length: 50 }, () => ({ Redirect: { HostName: 'a'.repeat(3000) } })) },
      'MaxMessageLengthExceeded',
    ],
    [
      'a rule to two keys',
      { ...documents, RoutingRules: [{ Redirect: { ReplaceKeyWith: 'a', ReplaceKeyPrefixWith: 'b' } }] },
      'InvalidRequest',
    ],
    [
      'a redirect that is none',
      { ...documents, RoutingRules: [{ Redirect: { ReplaceKeyWith: 'a', HttpRedirectCode: '200' } }] },
      'InvalidRequest',
    ],
    [
      'an unknown protocol',
      { RedirectAllRequestsTo: { HostName: 'example.com', Protocol: 'ftp' as 'http' } },
      'InvalidRequest',
    ],
  ])('of %s is refused', async (_, WebsiteConfiguration, code) => {
    await site(documents);
    expect(await codeOf(server.s3.send(new PutBucketWebsiteCommand({ Bucket, WebsiteConfiguration })))).toBe(code);
  });
});

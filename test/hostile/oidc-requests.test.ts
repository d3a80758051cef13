import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { OidcClient } from '../../src/operations/oidc/oidc-client.js';
import { createProvider, testProvider } from '../operations/oidc/oidc-fixture.js';
import { startTestServer, type TestServer } from '../support/server.js';

let closed: TestServer;
let open: TestServer;
const servers: Server[] = [];

beforeAll(async () => {
  closed = await startTestServer();
  open = await startTestServer({ oidcAllowPrivate: 'on' });
}, 60_000);

afterAll(async () => {
  for (const server of servers) {
    server.closeAllConnections();
    server.close();
  }
  await closed?.stop();
  await open?.stop();
});

/** A server that notes what it is asked; gives its address. */
async function listen(answer: (request: IncomingMessage, response: ServerResponse) => void) {
  const seen: IncomingMessage[] = [];
  const server = createServer((request, response) => {
    seen.push(request);
    answer(request, response);
  });
  servers.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return { seen, port, url: `http://127.0.0.1:${port}` };
}

function json(response: ServerResponse, value: object): void {
  response.setHeader('content-type', 'application/json');
  response.end(JSON.stringify(value));
}

const problemOf = `mutation($input: CreateOidcProviderInput!) {
  createOidcProvider(input: $input) { userErrors { code field } }
}`;

test.each([
  'https://127.0.0.1',
  'https://[::1]',
  'https://10.0.0.7',
  'https://2130706433',
  'https://[::ffff:169.254.169.254]',
  'https://[2002:a9fe:a9fe::]',
  'https://[64:ff9b::169.254.169.254]',
  'https://[64:ff9b::10.0.0.1]',
  'https://169.254.169.254',
  'http://issuer.example.com',
  'ftp://issuer.example.com',
  'https://user@issuer.example.com',
])('55: %s cannot be the issuer of a provider', async (issuer) => {
  const input = { name: 'inner', issuer, clientId: 'c' };
  const { data } = await closed.graphql(problemOf, { input });
  expect(data.createOidcProvider.userErrors).toEqual([{ code: 'INVALID_INPUT', field: ['input', 'issuer'] }]);
});

test('55: the addresses of clouds’ metadata are refused though private networks are allowed', async () => {
  for (const issuer of ['http://169.254.169.254', 'http://[::ffff:169.254.169.254]', 'http://[fd00:ec2::254]']) {
    const { data } = await open.graphql(problemOf, { input: { name: 'inner', issuer, clientId: 'c' } });
    expect(data.createOidcProvider.userErrors).toMatchObject([{ code: 'INVALID_INPUT' }]);
  }
});

test('55: a document of a permitted issuer does not lead to a forbidden address', async () => {
  const issuer = await listen((_request, response) =>
    json(response, { issuer: issuer.url, jwks_uri: 'http://169.254.169.254/keys' }),
  );
  const { id } = await createProvider(open, { name: 'leads', issuer: issuer.url, clientId: 'c' });
  expect(await testProvider(open, id)).toEqual([
    { step: 'DISCOVERY', problem: null },
    { step: 'KEYS', problem: 'The provider is at a link-local or reserved address.' },
  ]);
});

test('56: a name is judged when it is resolved for the connection, whatever it was before', async () => {
  const inner = await listen((_request, response) => json(response, {}));
  const { id } = await createProvider(closed, { name: 'named', issuer: 'https://localhost', clientId: 'c' });
  expect(await testProvider(closed, id)).toEqual([
    { step: 'DISCOVERY', problem: expect.stringContaining('private network') },
  ]);
  const client = new OidcClient('off');
  await expect(client.fetch(`https://localhost:${inner.port}/`)).rejects.toThrow('private network');
  await expect(client.fetch(`${inner.url}/`)).rejects.toThrow('https://');
  client.close();
  expect(inner.seen).toHaveLength(0);
});

test('57: a redirect is not followed, and no secret goes along', async () => {
  const inner = await listen((_request, response) => json(response, {}));
  let moved = '/.well-known/openid-configuration';
  const issuer = await listen((request, response) => {
    if (request.url === moved) {
      response.writeHead(307, { location: `${inner.url}/` }).end();
    } else if (request.url === '/keys') {
      json(response, { keys: [{ kty: 'RSA', n: 'AQAB', e: 'AQAB' }] });
    } else {
      json(response, {
        issuer: issuer.url,
        jwks_uri: `${issuer.url}/keys`,
        authorization_endpoint: `${issuer.url}/authorize`,
        token_endpoint: `${issuer.url}/token`,
      });
    }
  });
  const input = { name: 'moved', issuer: issuer.url, clientId: 'c', clientSecret: 'not-for-others' };
  const { id } = await createProvider(open, input);
  expect(await testProvider(open, id)).toEqual([
    { step: 'DISCOVERY', problem: 'The provider answered with status 307.' },
  ]);
  moved = '/keys';
  expect((await testProvider(open, id)).at(-1)).toEqual({
    ...{ step: 'KEYS', problem: 'The provider answered with status 307.' },
  });
  moved = '/token';
  expect((await testProvider(open, id)).at(-1)).toEqual({
    ...{ step: 'CLIENT', problem: 'Its token endpoint answers with status 307.' },
  });
  expect(issuer.seen.at(-1)?.headers.authorization).toMatch(/^Basic /);
  expect(inner.seen).toHaveLength(0);
});

test('an answer without end is cut off, and one that does not come is given up', async () => {
  const endless = await listen((_request, response) => {
    const send = (): void => {
      while (!response.destroyed && response.write(Buffer.alloc(65_536, 'x')));
    };
    response.on('drain', send);
    send();
  });
  const silent = await listen(() => undefined);
  const [client, impatient] = [new OidcClient('on', 60_000), new OidcClient('on', 300)];
  await expect(client.fetch(endless.url)).rejects.toThrow('more than 524288 bytes');
  await expect(impatient.fetch(silent.url)).rejects.toMatchObject({ name: 'AbortError' });
  client.close();
  impatient.close();
});

test('an issuer that answers as another one is not believed', async () => {
  const liar = await listen((_request, response) =>
    json(response, { issuer: 'https://issuer.example.com', jwks_uri: `${liar.url}/keys` }),
  );
  const { id } = await createProvider(open, { name: 'liar', issuer: liar.url, clientId: 'c' });
  expect(await testProvider(open, id)).toEqual([
    { step: 'DISCOVERY', problem: 'What answers there says that it is another issuer.' },
  ]);
});

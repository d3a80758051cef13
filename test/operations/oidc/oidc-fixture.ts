import type { TestServer } from '../../support/server.js';

const create = `mutation($input: CreateOidcProviderInput!) {
  createOidcProvider(input: $input) { oidcProvider { id address redirectUri loginUrl } userErrors { code field message } }
}`;

/** Sets up a provider as the administrator, or whoever has the token. */
export async function createProvider(
  server: TestServer,
  input: object,
  token?: string,
): Promise<{ id: string; address: string; redirectUri: string; loginUrl: string }> {
  const { data, errors } = await server.graphql(create, { input }, token);
  if (!data?.createOidcProvider.oidcProvider) {
    throw new Error(`No provider: ${JSON.stringify(errors ?? data)}`);
  }
  return data.createOidcProvider.oidcProvider;
}

/** Who a token is for, as `viewer` says; undefined with the error's code when it is refused. */
export async function whoIs(server: TestServer, token: string) {
  const query = '{ viewer { user { username displayName email role } tenant { name } } }';
  const { data, errors } = await server.graphql(query, {}, token);
  return errors === undefined
    ? { ...data.viewer.user, tenant: data.viewer.tenant.name }
    : { code: errors[0]?.extensions?.code, message: errors[0]?.message };
}

const update = `mutation($input: UpdateOidcProviderInput!) {
  updateOidcProvider(input: $input) { oidcProvider { id } userErrors { code field message } }
}`;

export async function updateProvider(server: TestServer, input: object, token?: string): Promise<void> {
  const { data, errors } = await server.graphql(update, { input }, token);
  if (!data?.updateOidcProvider.oidcProvider) {
    throw new Error(`Not changed: ${JSON.stringify(errors ?? data)}`);
  }
}

const tryOut = `mutation($input: TestOidcProviderInput!) {
  testOidcProvider(input: $input) { steps { step problem } userErrors { code } }
}`;

export async function testProvider(
  server: TestServer,
  id: string,
): Promise<{ step: string; problem: string | null }[]> {
  const { data, errors } = await server.graphql(tryOut, { input: { id } });
  if (!data?.testOidcProvider.steps) {
    throw new Error(`Not tried: ${JSON.stringify(errors ?? data)}`);
  }
  return data.testOidcProvider.steps;
}

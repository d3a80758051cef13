import type { Endpoint } from '../s3/raw-request.js';
import type { TestServer } from '../support/server.js';

/** The administrator of one tenant. */
export interface Member extends Endpoint {
  token: string;
}

/** Makes a tenant with an administrator, who has an access key. */
export async function openTenant(server: TestServer, tenant: string): Promise<Member> {
  const user = { tenant, username: 'boss', password: 'a long password' };
  const { data } = await server.graphql(
    `mutation($tenant: CreateTenantInput!, $user: CreateUserInput!, $key: CreateAccessKeyInput!) {
      createTenant(input: $tenant) { userErrors { message } }
      createUser(input: $user) { userErrors { message } }
      createAccessKey(input: $key) { accessKey { accessKeyId } secretAccessKey userErrors { message } }
    }`,
    {
      tenant: { name: tenant },
      user: { ...user, role: 'TENANT_ADMINISTRATOR' },
      key: { tenant, username: 'boss' },
    },
  );
  const { accessKey, secretAccessKey } = data.createAccessKey;
  const token = await server.login(user.username, user.password, tenant);
  return { s3Url: server.s3Url, accessKeyId: accessKey.accessKeyId, secretAccessKey, token };
}

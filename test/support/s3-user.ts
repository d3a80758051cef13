import { S3Client } from '@aws-sdk/client-s3';
import type { TestServer } from './server.js';

/** A user of the tenant `default` with an access key. */
export interface S3User {
  readonly s3: S3Client;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly canonicalId: string;
}

/** The password of users made for S3, for who signs in as well. */
export const s3Password = 'a long enough password 1';

/** Makes a user with a role, in the tenant `default` or in another one, and a client with its access key. */
export async function makeS3User(
  server: TestServer,
  { username, role = 'MEMBER', tenant = 'default' }: { username: string; role?: string; tenant?: string },
): Promise<S3User> {
  const { data, errors } = await server.graphql(
    `mutation($user: CreateUserInput!, $key: CreateAccessKeyInput!) {
      createUser(input: $user) { user { id } userErrors { message } }
      createAccessKey(input: $key) { accessKey { accessKeyId } secretAccessKey userErrors { message } }
    }`,
    {
      user: { tenant, username, role, password: s3Password },
      key: { tenant, username },
    },
  );
  if (errors !== undefined || data.createAccessKey.accessKey === null) {
    throw new Error(`No user: ${JSON.stringify(errors ?? data)}`);
  }
  const { accessKey, secretAccessKey } = data.createAccessKey;
  const { accessKeyId } = accessKey;
  const { rows } = await server.granary.database.pool.query(
    `SELECT u.canonical_id FROM user_account u JOIN tenant t ON t.id = u.tenant_id WHERE u.username = $1 AND t.name = $2`,
    [username, tenant],
  );
  const s3 = new S3Client({
    endpoint: server.s3Url,
    region: 'us-east-1',
    forcePathStyle: true,
    credentials: { accessKeyId, secretAccessKey },
    maxAttempts: 1,
  });
  return { s3, accessKeyId, secretAccessKey, canonicalId: rows[0].canonical_id };
}

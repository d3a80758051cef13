// The two doors as their users see them: fetch and FormData on one side, the AWS SDK on the other.
import { createHash } from 'node:crypto';
import { createReadStream, openAsBlob } from 'node:fs';
import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';

export async function graphqlDoor({ url, username, password }) {
  const endpoint = `${url}/graphql`;
  const headers = {};
  const call = async (query, input) => {
    const response = await fetch(endpoint, {
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/json' },
      body: JSON.stringify({ query, variables: { input } }),
    });
    return dataOf(await response.json());
  };
  const { accessToken } = await call(
    'mutation ($input: LoginInput!) { result: login(input: $input) { accessToken userErrors { message } } }',
    { username, password },
  );
  headers.authorization = `Bearer ${accessToken}`;
  return {
    createBucket: (name) =>
      call('mutation ($input: CreateBucketInput!) { result: createBucket(input: $input) { userErrors { message } } }', {
        name,
      }),
    upload: async (bucket, { path, key }) => {
      const form = new FormData();
      const query =
        'mutation ($input: UploadObjectInput!) { result: uploadObject(input: $input) { userErrors { message } } }';
      form.append('operations', JSON.stringify({ query, variables: { input: { bucket, key, file: null } } }));
      form.append('map', '{"0":["variables.input.file"]}');
      form.append('0', await openAsBlob(path), 'file');
      const response = await fetch(endpoint, {
        method: 'POST',
        headers: { ...headers, 'apollo-require-preflight': 'true' },
        body: form,
      });
      dataOf(await response.json());
    },
    digest: async (bucket, key) => {
      const response = await fetch(endpoint, {
        method: 'POST',
        headers: { ...headers, 'content-type': 'application/json' },
        body: JSON.stringify({
          query:
            'query ($bucket: String!, $key: String!) { result: object(bucket: $bucket, key: $key) { downloadUrl } }',
          variables: { bucket, key },
        }),
      });
      const { downloadUrl } = dataOf(await response.json());
      return digestOf((await fetch(downloadUrl)).body);
    },
  };
}

export function s3Door({ url, accessKeyId, secretAccessKey }) {
  const client = new S3Client({
    endpoint: url,
    region: 'us-east-1',
    forcePathStyle: true,
    credentials: { accessKeyId, secretAccessKey },
  });
  return {
    upload: async (bucket, { path, key }) => {
      const params = { Bucket: bucket, Key: key, Body: createReadStream(path) };
      await new Upload({ client, params, partSize: 64 * 1024 ** 2 }).done();
    },
    digest: async (bucket, key) => {
      const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
      return digestOf(Body);
    },
  };
}

async function digestOf(stream) {
  const hash = createHash('sha256');
  for await (const chunk of stream) {
    hash.update(chunk);
  }
  return hash.digest('hex');
}

function dataOf({ data, errors }) {
  const messages = [...(errors ?? []), ...(data?.result?.userErrors ?? [])].map((error) => error.message);
  if (messages.length > 0) {
    throw new Error(messages.join('; '));
  }
  return data.result;
}

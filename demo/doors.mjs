// The two doors as their users see them: fetch and FormData on one side, the AWS SDK on the other.
import { createHash, randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
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
    upload: async (bucket, file) => {
      const boundary = `demo-${randomUUID()}`;
      const response = await fetch(endpoint, {
        method: 'POST',
        headers: {
          ...headers,
          'apollo-require-preflight': 'true',
          'content-type': `multipart/form-data; boundary=${boundary}`,
        },
        body: ReadableStream.from(uploadForm({ boundary, bucket, ...file })),
        duplex: 'half',
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

/** A multipart request as it goes over the wire: a FormData of files over 4 GiB loses their end in Node's own Blob. */
async function* uploadForm({ boundary, bucket, key, path }) {
  const query =
    'mutation ($input: UploadObjectInput!) { result: uploadObject(input: $input) { userErrors { message } } }';
  const operations = JSON.stringify({ query, variables: { input: { bucket, key, file: null } } });
  const part = (name, value) => `--${boundary}\r\nContent-Disposition: form-data; name="${name}"${value}\r\n`;
  yield Buffer.from(
    part('operations', `\r\n\r\n${operations}`) +
      part('map', '\r\n\r\n{"0":["variables.input.file"]}') +
      part('0', '; filename="file"\r\nContent-Type: application/octet-stream\r\n'),
  );
  yield* createReadStream(path);
  yield Buffer.from(`\r\n--${boundary}--\r\n`);
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

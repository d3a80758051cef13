// A page of 50 objects with four fields by GraphQL at concurrency 50, beside bare Apollo with the rows in memory.

import { compare, figure } from './compare.mjs';
import { signIn } from './graphql.mjs';
import { drive, requestBytes } from './raw-client.mjs';
import { ensureBucket } from './s3.mjs';

const objects = 60;
const requests = 4000;
const bucket = 'object-page';
const query = `query Page($bucket: String!) {
  bucket(name: $bucket) { objects(first: 50) { nodes { key size contentType createdAt } } }
}`;

export async function objectPage(environment) {
  await fill(environment);
  const token = await signIn(environment);
  const bare = await environment.startBare('bare-apollo.mjs');
  try {
    const pages = await compare(
      requests,
      {
        ours: { port: environment.httpPort, requests: pageRequest({ authorization: `Bearer ${token}` }) },
        bare: { port: bare.port, requests: pageRequest({}) },
      },
      50,
    );
    return [figure('page of 50 objects, concurrency 50, requests/s', pages, 0.5)];
  } finally {
    await bare.stop();
  }
}

function pageRequest(headers) {
  const body = Buffer.from(JSON.stringify({ query, variables: { bucket } }));
  const bytes = requestBytes({
    method: 'POST',
    path: '/graphql',
    headers: { host: '127.0.0.1', 'content-type': 'application/json', ...headers },
    body,
  });
  return () => bytes;
}

async function fill(environment) {
  await ensureBucket(environment, bucket);
  const puts = Array.from({ length: objects }, (_, i) => {
    const [method, path] = ['PUT', `/${bucket}/object-${String(i).padStart(3, '0')}`];
    const body = Buffer.from('page');
    return requestBytes({ method, path, headers: environment.sign({ method, path, payload: body }), body });
  });
  await drive({ port: environment.s3Port, requests: (i) => puts[i], count: objects, concurrency: 8 });
}

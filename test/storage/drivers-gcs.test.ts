import '../support/one-error-class.js';
import { describeBlobStore } from '../conformance/blob-store.js';
import { fakeGcsServerProblem, startFakeGcsServer } from '../support/emulators/fake-gcs-server.js';
import { openRemoteStore } from './open-remote-store.js';

const problem = fakeGcsServerProblem();

if (problem === undefined) {
  describeBlobStore('Google Cloud Storage, which is fake-gcs-server', async () => {
    const server = await startFakeGcsServer('blobs');
    return openRemoteStore({
      address: (prefix) => `gs://blobs/${prefix}?endpoint=${server.url}`,
      [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
    });
  });
} else {
  test.skip(`a blob store on Google Cloud Storage (skipped: ${problem})`, () => undefined);
}

it('refuses to start when there are no default credentials', async () => {
  const before = process.env.GOOGLE_APPLICATION_CREDENTIALS;
  process.env.GOOGLE_APPLICATION_CREDENTIALS = '/nonexistent/key.json';
  try {
    const opening = openRemoteStore({ address: (prefix) => `gs://blobs/${prefix}?endpoint=https://127.0.0.1:1` });
    const message = 'The store hot cannot be used in the bucket blobs: NoDefaultCredentials.';
    await expect(opening).rejects.toMatchObject({ kind: 'Unavailable', message });
  } finally {
    if (before === undefined) delete process.env.GOOGLE_APPLICATION_CREDENTIALS;
    else process.env.GOOGLE_APPLICATION_CREDENTIALS = before;
  }
});

import '../support/one-error-class.js';
import { describeBlobStore } from '../conformance/blob-store.js';
import { AZURITE_ACCOUNT, AZURITE_KEY, startAzurite } from '../support/emulators/azurite.js';
import { openRemoteStore } from './open-remote-store.js';

describeBlobStore('Azure Blob Storage, which is Azurite', async () => {
  const azurite = await startAzurite('blobs');
  return openRemoteStore({
    address: (prefix) => `azure://${AZURITE_ACCOUNT}/blobs/${prefix}?endpoint=${azurite.url}`,
    credentials: `${AZURITE_ACCOUNT}:${AZURITE_KEY}`,
    [Symbol.asyncDispose]: () => azurite[Symbol.asyncDispose](),
  });
});

it.each([
  ['of another account', `azure://account/blobs`, 'other:a2V5', 'are not of the account account'],
  ['missing, and the endpoint is not https', 'azure://account/blobs?endpoint=http://127.0.0.1:1/x', undefined, 'https'],
])('refuses to start when the credentials are %s', async (_, address, credentials, problem) => {
  const opening = openRemoteStore({ address: (prefix) => address.replace('blobs', `blobs/${prefix}`), credentials });
  await expect(opening).rejects.toMatchObject({ kind: 'Unavailable', message: expect.stringContaining(problem) });
});

import type { StoreAddress, StoreCredentials, StoreSetting } from '../../config/store-address.js';
import type { BlobDriver } from '../blob-driver.js';
import { openDirectoryStore } from './local-stores.js';

/** Opens the store of a setting. SDKs are loaded only where a store needs them. */
export async function openDriver(
  { name, address }: StoreSetting,
  credentials: StoreCredentials | undefined,
): Promise<BlobDriver> {
  switch (address.kind) {
    case 'file':
      return openDirectoryStore(name, address.root);
    case 's3': {
      const { openS3Store } = await import('./s3.js');
      return openS3Store({ store: name, address, credentials });
    }
    case 'azure': {
      const { openAzureStore } = await import('./azure.js');
      return openAzureStore({ store: name, address, credentials });
    }
    case 'gs':
      return openGoogleStore(name, address, credentials);
    default:
      return address satisfies never;
  }
}

/** Google's HMAC keys are for its S3 protocol only, everything else is for its own. */
async function openGoogleStore(
  store: string,
  address: Extract<StoreAddress, { kind: 'gs' }>,
  credentials: StoreCredentials | undefined,
): Promise<BlobDriver> {
  if (credentials === undefined) {
    const { openGcsStore } = await import('./gcs.js');
    return openGcsStore({ store, address });
  }
  const { bucket, prefix, endpoint = 'https://storage.googleapis.com' } = address;
  const { openS3Store } = await import('./s3.js');
  const s3 = { kind: 's3', bucket, prefix, endpoint, region: 'auto', pathStyle: true } as const;
  return openS3Store({ store, address: s3, credentials });
}

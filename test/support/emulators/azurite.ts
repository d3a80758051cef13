import { createRequire } from 'node:module';
import { BlobServiceClient, StorageSharedKeyCredential } from '@azure/storage-blob';
import { type Emulator, startEmulator } from './emulator.js';

/** The account that every Azurite has: https://learn.microsoft.com/azure/storage/common/storage-use-azurite */
export const AZURITE_ACCOUNT = 'devstoreaccount1';
export const AZURITE_KEY = 'Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==';

/** Azure Blob Storage with one container; the URL is the account's. */
export async function startAzurite(container: string): Promise<Emulator> {
  const program = createRequire(import.meta.url).resolve('azurite/dist/src/blob/main.js');
  const emulator = await startEmulator({
    args: ({ port, directory }) => [
      program,
      ...['--blobHost', '127.0.0.1', '--blobPort', String(port), '--location', directory],
      ...['--silent', '--skipApiVersionCheck', '--disableTelemetry'],
    ],
  });
  const url = `${emulator.url}/${AZURITE_ACCOUNT}`;
  const service = new BlobServiceClient(url, new StorageSharedKeyCredential(AZURITE_ACCOUNT, AZURITE_KEY));
  await service.createContainer(container);
  return { ...emulator, url };
}

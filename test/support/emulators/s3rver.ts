import { createRequire } from 'node:module';
import { type Emulator, startEmulator } from './emulator.js';

/** The key that every s3rver has. */
export const S3RVER_KEY = { id: 'S3RVER', secret: 'S3RVER' };

/** An old and small S3, with one bucket. */
export async function startS3rver(bucket: string): Promise<Emulator> {
  const program = createRequire(import.meta.url).resolve('s3rver/bin/s3rver.js');
  return startEmulator({
    args: ({ port, directory }) => [
      program,
      ...['--address', '127.0.0.1', '--port', String(port), '--directory', directory],
      ...['--configure-bucket', bucket, '--silent'],
    ],
  });
}

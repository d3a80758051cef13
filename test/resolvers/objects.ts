import { sendForm, singleUpload } from '../http/multipart.js';
import type { TestServer } from '../support/server.js';

/** Uploads small objects, one after the other. */
export async function putTestObjects(
  server: TestServer,
  bucket: string,
  keys: string[],
  token?: string,
): Promise<void> {
  for (const key of keys) {
    const { data, errors } = await sendForm(
      server,
      singleUpload({ bucket, key }, 'x'),
      token === undefined ? {} : { token },
    );
    if (errors !== undefined || data.uploadObject.userErrors.length > 0) {
      throw new Error(`No upload of ${key}: ${JSON.stringify(errors ?? data)}`);
    }
  }
}

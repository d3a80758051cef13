import { toS3Failure } from '../../src/s3/protocol/s3-error.js';

/** The S3 code of what the function throws, or `none`. */
export function codeOf(run: () => unknown): string {
  try {
    run();
    return 'none';
  } catch (error) {
    return toS3Failure(error).code;
  }
}

/** The S3 code of what the promise is rejected with, or `none`. */
export async function codeOfPromise(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
    return 'none';
  } catch (error) {
    return toS3Failure(error).code;
  }
}

/** The code that a server's answer to an SDK's request has, or `none` when it was fulfilled. */
export async function refusalOf(request: Promise<unknown>): Promise<string> {
  try {
    await request;
    return 'none';
  } catch (error) {
    return error instanceof Error ? error.name : String(error);
  }
}

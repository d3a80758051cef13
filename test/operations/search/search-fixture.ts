import { PutObjectCommand, type PutObjectCommandInput, type S3Client } from '@aws-sdk/client-s3';
import { ObjectIndexer } from '../../../src/operations/search/index-objects.js';
import type { TestServer } from '../../support/server.js';

const indexers = new WeakMap<TestServer, ObjectIndexer>();

/** Lets search follow everything that was done until now, as the background work does. */
export async function indexAll(server: TestServer): Promise<void> {
  const indexer = indexers.get(server) ?? new ObjectIndexer(server.granary);
  indexers.set(server, indexer);
  for (let isMore = true; isMore; ) {
    ({ isMore } = await indexer.run());
  }
}

export type PutInput = Omit<PutObjectCommandInput, 'Bucket' | 'Body'> & { size?: number };

/** Puts an object with as many bytes. */
export async function put(s3: S3Client, { size = 1, ...rest }: PutInput & { Bucket: string }): Promise<void> {
  await s3.send(new PutObjectCommand({ Body: Buffer.alloc(size, 'x'), ...rest }));
}

/** Keys that are found, in their order. `args` is what stands in the parentheses of the field. */
export async function searchKeys(server: TestServer, args: string, token?: string): Promise<string[]> {
  const { data, errors } = await server.graphql(`{ search(first: 100, ${args}) { nodes { key } } }`, {}, token);
  if (errors !== undefined) {
    throw new Error(errors.map(({ message }) => message).join('; '));
  }
  return data.search.nodes.map(({ key }: { key: string }) => key);
}

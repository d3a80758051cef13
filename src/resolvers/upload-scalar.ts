import type { Readable } from 'node:stream';
import { GraphQLScalarType } from 'graphql';
import { GraphQLUpload } from 'graphql-upload-minimal';
import { GranaryError } from '../errors.js';

/** A file of a multipart request, as soon as its part has begun to come in. */
export interface FileUpload {
  filename: string | undefined;
  mimetype: string;
  createReadStream(): Readable;
}

/** The library's scalar under our own description. */
export const Upload = new GraphQLScalarType({
  name: 'Upload',
  description:
    'A file of a multipart request, see https://github.com/jaydenseric/graphql-multipart-request-spec. Its value in ' +
    'the variables is null; the field `map` says which part of the request takes its place.',
  parseValue: (value) => GraphQLUpload.parseValue(value),
  parseLiteral: (node, variables) => GraphQLUpload.parseLiteral(node, variables),
  serialize: (value) => GraphQLUpload.serialize(value),
});

/** On the stream of a request's last file: settles when the whole form came in, or fails when it was cut off. */
export const formEnd = Symbol('formEnd');

/** Waits until a file's part begins to come in; throws `IncompleteBody` when it never does. */
export async function arrival(file: Promise<FileUpload>): Promise<FileUpload> {
  try {
    return await file;
  } catch (error) {
    throw uploadFailure(error);
  }
}

/** Opens a file for its one reader, who must let it `resume()` when it stops before the end. */
export async function openUpload(file: Promise<FileUpload>): Promise<{ stream: Readable; mimetype: string }> {
  const upload = await arrival(file);
  if (opened.has(upload)) {
    throw new GranaryError('InvalidInput', 'Each file of a request is good for one object.', { field: ['file'] });
  }
  opened.add(upload);
  try {
    return { stream: upload.createReadStream(), mimetype: upload.mimetype };
  } catch (error) {
    throw uploadFailure(error);
  }
}

const opened = new WeakSet<FileUpload>();

/** The bytes of a file; fails with `IncompleteBody` when the request ends, or breaks its form, before the file does. */
export async function* uploadedBytes(stream: Readable & { [formEnd]?: Promise<void> }): AsyncGenerator<Uint8Array> {
  try {
    // Destroying the stream would stop the parser for good, and the files behind this one with it.
    yield* stream.iterator({ destroyOnReturn: false }) as AsyncIterableIterator<Uint8Array>;
    await stream[formEnd];
  } catch (error) {
    throw uploadFailure(error);
  }
}

function uploadFailure(cause: unknown): GranaryError {
  if (cause instanceof GranaryError) {
    return cause;
  }
  return new GranaryError('IncompleteBody', 'The upload ended before the file was complete.', {
    reason: 'IncompleteBody',
    field: ['file'],
    cause,
  });
}

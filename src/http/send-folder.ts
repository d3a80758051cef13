import type { Readable } from 'node:stream';
import type { FastifyReply } from 'fastify';
import { checkFolder, type ZipFolderInput, zipFolder } from '../operations/archives/zip-folder.js';
import type { RequestContext } from '../operations/context.js';
import { contentDisposition } from './content-disposition.js';
import { begin, type Exchange, type Sending } from './send-object.js';

/** Sends a folder as a zip. Its length is not known before: what cuts the connection leaves the client with an error. */
export async function sendFolder(
  { context, request, reply }: Exchange,
  folder: ZipFolderInput,
  sending: { before?(): Promise<void>; follow?: Sending['follow'] } = {},
): Promise<FastifyReply> {
  if (request.method === 'HEAD') {
    await checkFolder(context, folder);
    return describeFolder(reply, folder).send();
  }
  const zip = await zipFolder(context, folder);
  await begin(zip, { before: sending.before, follow: sending.follow });
  logFailure(context, zip);
  return describeFolder(reply, folder).send(zip);
}

function describeFolder(reply: FastifyReply, { bucket, prefix }: ZipFolderInput): FastifyReply {
  const name = prefix.split('/').findLast((part) => part !== '') ?? bucket;
  return reply.headers({
    'content-type': 'application/zip',
    'content-disposition': contentDisposition('attachment', `${name}.zip`),
    'accept-ranges': 'none',
  });
}

/** The status is long gone: only the log can say why a download broke. A client that leaves gives no error. */
function logFailure({ granary, requestId }: RequestContext, zip: Readable): void {
  zip.on('error', (error) => {
    granary.log.error({ requestId, error }, 'a folder could not be sent to its end');
  });
}

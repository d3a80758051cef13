import type { Readable } from 'node:stream';
import type { FastifyReply } from 'fastify';
import { checkFolder, type ZipFolderInput, zipFolder } from '../operations/archives/zip-folder.js';
import type { RequestContext } from '../operations/context.js';
import { contentDisposition } from './content-disposition.js';
import { begin, type Exchange, type Sending } from './send-object.js';

interface SendingFolder {
  /** The share link by which it is asked for, whose visitor has seen that something is in it. */
  linkId?: number;
  before?(): Promise<void>;
  follow?: Sending['follow'];
}

/**
 * Sends a folder as a zip. Its length is not known before: what cuts the connection leaves the client with an error.
 * Whether it fits into one takes a look at all of its names: for strangers this is done only where a zip is sent.
 */
export async function sendFolder(
  { context, request, reply }: Exchange,
  folder: ZipFolderInput,
  { linkId, before, follow }: SendingFolder = {},
): Promise<FastifyReply> {
  if (request.method === 'HEAD') {
    if (linkId === undefined) {
      await checkFolder(context, folder);
    }
    return describeFolder(reply, folder).send();
  }
  const zip = await openZip(context, folder, linkId);
  await begin(zip, { before, follow });
  logFailure(context, zip);
  return describeFolder(reply, folder).send(zip);
}

async function openZip(context: RequestContext, folder: ZipFolderInput, linkId: number | undefined): Promise<Readable> {
  const end = context.granary.zips.begin(linkId);
  try {
    const zip = await zipFolder(context, folder);
    zip.once('close', end);
    return zip;
  } catch (error) {
    end();
    throw error;
  }
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

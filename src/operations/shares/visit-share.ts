import type { ZipFolderInput } from '../archives/zip-folder.js';
import { headObject } from '../objects/get-object.js';
import { listObjects, validListText } from '../objects/list-objects.js';
import type { ObjectInfo, VersionAddress } from '../types.js';
import { noteVisit } from './note-share-visit.js';
import { type OpenShare, shareEnded } from './open-share.js';

/** A page of one level of a shared folder; names are relative to it. */
export interface SharedFolder {
  /** Below what is shared; empty or with a slash at its end. */
  folder: string;
  folders: string[];
  files: { name: string; size: number; contentType: string; createdAt: Date }[];
  /** Where the next page begins; undefined on the last one. */
  next: string | undefined;
}

const pageSize = 200;

/** Where the object of a link is, or in a folder one of its files. Whatever the name, it is below what is shared. */
export function addressIn({ link, bucket }: OpenShare, file: string): VersionAddress {
  if (link.kind === 'FOLDER') {
    return { ...bucket, key: `${link.path}${file}` };
  }
  return { ...bucket, key: link.path, ...(link.versionId === null ? {} : { versionId: link.versionId }) };
}

/** A folder of a shared folder, to be zipped. Throws as for a link that has ended when nothing is in it. */
export async function zippableFolder(share: OpenShare, folder: string): Promise<ZipFolderInput> {
  const input = folderIn(share, folder);
  const { entries } = await listObjects(share.context, { ...input, limit: 1 });
  if (entries.length === 0) {
    throw shareEnded('UNKNOWN');
  }
  return input;
}

function folderIn({ link, bucket }: OpenShare, folder: string): ZipFolderInput {
  if (link.kind !== 'FOLDER') {
    throw shareEnded('UNKNOWN');
  }
  return { ...bucket, prefix: `${link.path}${folderName(folder)}` };
}

/** What an object's link shows before it is downloaded. */
export async function viewObject(share: OpenShare): Promise<ObjectInfo> {
  const { object } = await headObject(share.context, addressIn(share, ''));
  await view(share, object.key);
  return object;
}

/** One level of what is shared. Throws as for a link that has ended when there is no such folder. */
export async function viewFolder(
  share: OpenShare,
  { folder, after }: { folder: string; after: string | undefined },
): Promise<SharedFolder> {
  const { prefix, ...bucket } = folderIn(share, folder);
  const { entries, truncated } = await listObjects(share.context, {
    ...bucket,
    ...{ prefix, delimiter: '/', limit: pageSize },
    ...(after === undefined ? {} : { after: `${prefix}${validListText(after, 'after')}` }),
  });
  if (entries.length === 0 && folder !== '' && after === undefined) {
    throw shareEnded('UNKNOWN');
  }
  await view(share, prefix);
  const nameIn = (path: string) => path.slice(prefix.length);
  const objects = entries.flatMap((entry) => (entry.kind === 'object' ? [entry.object] : []));
  const last = entries.at(-1);
  const lastPath = last?.kind === 'object' ? last.object.key : last?.prefix;
  return {
    folder: folderName(folder),
    folders: entries.flatMap((entry) => (entry.kind === 'prefix' ? [nameIn(entry.prefix)] : [])),
    // An object with the folder's own name stands for the folder.
    files: objects
      .filter(({ key }) => key !== prefix)
      .map(({ key, size, contentType, createdAt }) => ({ name: nameIn(key), size, contentType, createdAt })),
    next: truncated && lastPath !== undefined ? nameIn(lastPath) : undefined,
  };
}

async function view({ context, link, origin }: OpenShare, path: string): Promise<void> {
  await noteVisit(context.granary, { linkId: link.id, outcome: 'VIEWED', path, origin });
}

function folderName(folder: string): string {
  return folder === '' || folder.endsWith('/') ? folder : `${folder}/`;
}

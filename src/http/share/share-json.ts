import type { OpenShare } from '../../operations/shares/open-share.js';
import type { SharedFolder } from '../../operations/shares/visit-share.js';
import type { ObjectInfo } from '../../operations/types.js';

/** The name that a visitor sees of what is shared. */
export function shareName({ link }: OpenShare): string {
  return lastPart(link.path) ?? link.bucketName;
}

/** How many downloads are left; null for any number. */
export function downloadsLeft({ link }: OpenShare): number | null {
  return link.maxDownloads === null ? null : Math.max(0, link.maxDownloads - link.downloads);
}

/** The address of a file's bytes or of a zip, relative to the page. */
export function doorOf(token: string, door: 'content' | 'zip', query: Record<string, string> = {}): string {
  const pairs = Object.entries(query).filter(([, value]) => value !== '');
  const text = pairs.map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join('&');
  return `${encodeURIComponent(token)}/${door}${text === '' ? '' : `?${text}`}`;
}

/** The page of a folder below what is shared, or of its next part. */
export function pageOf(token: string, { folder, after }: { folder: string; after?: string | undefined }): string {
  const query = new URLSearchParams({
    ...(folder === '' ? {} : { folder }),
    ...(after === undefined ? {} : { after }),
  }).toString();
  return `${encodeURIComponent(token)}${query === '' ? '' : `?${query}`}`;
}

/** `pages` is the path that addresses of links begin with. */
export function describeObject(
  share: OpenShare,
  { token, pages, object }: { token: string; pages: string; object: ObjectInfo },
): object {
  const { size, contentType, createdAt } = object;
  return {
    kind: 'OBJECT',
    name: shareName(share),
    ...{ size, contentType, modifiedAt: createdAt.toISOString() },
    url: `${pages}${doorOf(token, 'content')}`,
    ...limitsOf(share),
  };
}

export function describeFolder(
  share: OpenShare,
  { token, pages, shown }: { token: string; pages: string; shown: SharedFolder },
): object {
  const { folder, folders, files, next } = shown;
  return {
    kind: 'FOLDER',
    name: shareName(share),
    folder,
    folders: folders.map((name) => ({ name, url: `${pages}${pageOf(token, { folder: folder + name })}` })),
    files: files.map(({ name, size, contentType, createdAt }) => ({
      ...{ name, size, contentType, modifiedAt: createdAt.toISOString() },
      url: `${pages}${doorOf(token, 'content', { file: folder + name })}`,
    })),
    nextUrl: next === undefined ? null : `${pages}${pageOf(token, { folder, after: next })}`,
    zipUrl: `${pages}${doorOf(token, 'zip', { folder })}`,
    ...limitsOf(share),
  };
}

function limitsOf(share: OpenShare): object {
  return { expiresAt: share.link.expiresAt?.toISOString() ?? null, downloadsLeft: downloadsLeft(share) };
}

function lastPart(path: string): string | undefined {
  return path.split('/').findLast((part) => part !== '');
}

import type { Place } from './placed-object.js';
import type { Folder } from './stored-object-types.js';

/** A folder's path ends in a slash, and the top is the empty one. */
export function folderPath(folder: string): string {
  return folder === '' || folder.endsWith('/') ? folder : `${folder}/`;
}

/** The folder of a path that ends in a slash, or of the empty one. */
export function folderAt(place: Place, path: string): Folder {
  return { path, name: path.slice(path.lastIndexOf('/', path.length - 2) + 1, -1), place };
}

/** The path of the folder that lists the object of a key. */
export function folderOfKey(key: string): string {
  return key.slice(0, key.lastIndexOf('/') + 1);
}

/** The folders that lead to one, the outermost first, itself last; none for the top. */
export function breadcrumbOf({ path, place }: Folder): Folder[] {
  const folders: Folder[] = [];
  for (let end = path.indexOf('/'); end !== -1; end = path.indexOf('/', end + 1)) {
    folders.push(folderAt(place, path.slice(0, end + 1)));
  }
  return folders;
}

import { type Queryable, statement } from '../../database/database.js';
import { GranaryError } from '../../errors.js';
import { validateObjectKey } from '../objects/object-key.js';

/** Objects that one job can be begun with. */
const mostKeys = 10_000;

const insertKeys = statement(
  'insert_keys_of_job',
  'INSERT INTO folder_job_key (job_id, key) SELECT $1, k FROM unnest($2::text[]) AS k',
);

const forgetKeys = statement('forget_keys_of_job', 'DELETE FROM folder_job_key WHERE job_id = $1');

/** Objects by their keys, each of them once. */
export interface Selection {
  keys: readonly string[];
  /** What all of the keys begin with: copies and moves leave it out. */
  folder: string;
}

/** Keys that somebody chose; without a folder, it is the one that all of them are in. */
export function selectionOf(keys: readonly string[], folder: string | undefined): Selection {
  if (keys.length === 0 || keys.length > mostKeys) {
    throw new GranaryError('InvalidInput', `One job takes 1 to ${mostKeys} keys.`, { field: ['keys'] });
  }
  for (const [index, key] of keys.entries()) {
    validateObjectKey(key, ['keys', String(index)]);
  }
  const outside = folder === undefined ? -1 : keys.findIndex((key) => !key.startsWith(folder));
  if (outside >= 0) {
    throw new GranaryError('InvalidInput', 'This key is not in the folder.', { field: ['keys', String(outside)] });
  }
  return { keys: [...new Set(keys)], folder: folder ?? commonFolder(keys) };
}

/** Every folder of any of them is among those of the first. */
function commonFolder([first = '', ...others]: readonly string[]): string {
  let folder = parentOf(first);
  for (const key of others) {
    while (!parentOf(key).startsWith(folder)) {
      folder = parentOf(folder);
    }
  }
  return folder;
}

function parentOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/', path.length - 2) + 1);
}

export async function keepKeys(tx: Queryable, jobId: number, keys: readonly string[]): Promise<void> {
  await tx.query(insertKeys, [jobId, keys]);
}

/** They are not asked for once a job has ended. */
export async function dropKeys(tx: Queryable, jobId: number): Promise<void> {
  await tx.query(forgetKeys, [jobId]);
}

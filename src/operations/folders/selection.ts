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

/** The folder that all of the keys are in. Whether they can be keys at all, {@link selectedKeys} asks. */
export function folderOfKeys([first = '', ...others]: readonly string[]): string {
  let folder = parentOf(first);
  for (const key of others) {
    while (!parentOf(key).startsWith(folder)) {
      folder = parentOf(folder);
    }
  }
  return folder;
}

/** Keys that somebody chose in a folder, each of them once. */
export function selectedKeys(keys: readonly string[], folder: string): readonly string[] {
  if (keys.length === 0 || keys.length > mostKeys) {
    throw new GranaryError('InvalidInput', `One job takes 1 to ${mostKeys} keys.`, { field: ['keys'] });
  }
  for (const [index, key] of keys.entries()) {
    validateObjectKey(key, ['keys', String(index)]);
  }
  const outside = keys.findIndex((key) => !key.startsWith(folder));
  if (outside >= 0) {
    throw new GranaryError('InvalidInput', 'This key is not in the folder.', { field: ['keys', String(outside)] });
  }
  return [...new Set(keys)];
}

/** The folder that a key or a folder is in; empty at the top, which is in itself. */
function parentOf(path: string): string {
  return path.slice(0, path.slice(0, -1).lastIndexOf('/') + 1);
}

export async function keepKeys(tx: Queryable, jobId: number, keys: readonly string[]): Promise<void> {
  await tx.query(insertKeys, [jobId, keys]);
}

/** They are not asked for once a job has ended. */
export async function dropKeys(tx: Queryable, jobId: number): Promise<void> {
  await tx.query(forgetKeys, [jobId]);
}

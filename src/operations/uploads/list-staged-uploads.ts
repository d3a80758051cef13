import { statement } from '../../database/database.js';
import type { RequestContext } from '../context.js';
import { type ListUploadsInput, listUploads } from './list-uploads.js';
import type { StagedUpload } from './staged-upload.js';
import { type PartsSum, partsSumColumns } from './upload-parts-sum.js';
import { type UploadRow, uploadColumns, uploadStateColumns } from './upload-row.js';

const loadUploads = statement(
  'load_staged_uploads',
  `SELECT ${uploadColumns}, ${uploadStateColumns}, s.* FROM unnest($1::uuid[]) WITH ORDINALITY AS q (id, place)
   JOIN upload u ON u.id = q.id AND u.state = 'OPEN'
   CROSS JOIN LATERAL (SELECT ${partsSumColumns} FROM upload_part p WHERE p.upload_id = u.id) s ORDER BY q.place`,
);

/** Open uploads by key, oldest first within a key, with how far each has come: in one query for all. */
export async function listStagedUploads(
  context: RequestContext,
  input: Omit<ListUploadsInput, 'delimiter'>,
): Promise<{ uploads: StagedUpload[]; truncated: boolean }> {
  const { bucket, entries, truncated } = await listUploads(context, input);
  const ids = entries.flatMap((entry) => (entry.kind === 'upload' ? [entry.upload.id] : []));
  const rows = await context.granary.database.query<UploadRow & PartsSum>(loadUploads, [ids]);
  const uploads = rows.map(({ partCount, receivedBytes, nextPart, ...upload }) => {
    const address = { tenant: bucket.tenantName, bucket: bucket.name, key: upload.key, uploadId: upload.id };
    return { upload, bucket, address, partCount, receivedBytes, nextPart };
  });
  return { uploads, truncated };
}

import { statement } from '../../database/database.js';
import { isPermitted } from '../access/authorize.js';
import type { RequestContext } from '../context.js';
import type { PageRequest } from '../page.js';
import { type ListedPart, shownParts } from './list-parts.js';
import type { StagedUpload } from './staged-upload.js';
import { partColumns } from './upload-row.js';

const selectPages = statement(
  'load_part_pages',
  `SELECT q.place, ${partColumns}, encode(b.address, 'hex') AS sha256
   FROM unnest($1::uuid[]) WITH ORDINALITY AS q (id, place) CROSS JOIN LATERAL (
     SELECT p.* FROM upload_part p WHERE p.upload_id = q.id AND p.part_number > $2 ORDER BY p.part_number LIMIT $3
   ) p JOIN blob b ON b.live_id = p.blob_id ORDER BY q.place, p.part_number`,
);

/** Some parts of an upload, and whether there are more. */
export interface PartPage {
  parts: ListedPart[];
  truncated: boolean;
}

type PartRow = ListedPart & { place: number };

/**
 * A page of the parts of each upload, by number, with one query; null of those whose parts the caller may not list. The
 * parts of completed uploads are gone.
 */
export async function loadPartPages(
  context: RequestContext,
  uploads: readonly StagedUpload[],
  { after, limit }: PageRequest,
): Promise<(PartPage | null)[]> {
  const shown = await Promise.all(
    uploads.map(({ bucket, upload: { key } }) =>
      isPermitted(context, { action: 's3:ListMultipartUploadParts', bucket, key }),
    ),
  );
  const open = uploads.filter(({ upload }, index) => shown[index] && upload.state === 'OPEN');
  const values = [open.map(({ upload }) => upload.id), Number(after ?? 0), limit + 1];
  const rows = open.length === 0 ? [] : await context.granary.database.query<PartRow>(selectPages, values);
  const byPlace = Map.groupBy(rows, ({ place }) => place);
  return uploads.map((one, index) => {
    const parts = byPlace.get(open.indexOf(one) + 1) ?? [];
    const told = shownParts(one.upload, parts.slice(0, limit));
    return shown[index] ? { parts: told, truncated: parts.length > limit } : null;
  });
}

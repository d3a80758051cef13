import { statement } from '../../database/database.js';
import { authorize, resolveBucket } from '../access/authorize.js';
import { visibleConfiguration } from '../buckets/bucket-configuration.js';
import type { RequestContext } from '../context.js';
import { validListText } from '../objects/list-objects.js';
import { type Page, type PageRequest, toPage } from '../page.js';
import type { BucketAddress } from '../types.js';
import { configurationKinds, type NamedConfigurationKind, type NamedConfigurations } from './named-configurations.js';

/** A configuration with what has come of it. */
export interface ListedConfiguration<Kind extends NamedConfigurationKind> {
  id: string;
  configuration: NamedConfigurations[Kind];
  /** When its last report was finished; null for none, and for what makes no reports. */
  reportedAt: Date | null;
  /** The key of that report's manifest. */
  manifestKey: string | null;
  /** Why the last attempt came to nothing. */
  problem: string | null;
}

const listForward = listStatement('list_named_configurations', '>', 'ASC');
const listBackward = listStatement('list_named_configurations_backward', '<', 'DESC');

function listStatement(name: string, beyond: '>' | '<', order: 'ASC' | 'DESC') {
  return statement(
    name,
    `SELECT n.id, n.document AS configuration, n.reported_at AS "reportedAt", n.manifest_key AS "manifestKey", n.problem
     FROM named_configuration n
     WHERE n.bucket_id = $1 AND n.kind = $2 AND ($3::text IS NULL OR n.id ${beyond} $3) ORDER BY n.id ${order} LIMIT $4`,
  );
}

type ListInput<Kind extends NamedConfigurationKind> = BucketAddress & { kind: Kind } & PageRequest;

/** The configurations of one kind of a bucket, by id. */
export async function listNamedConfigurations<Kind extends NamedConfigurationKind>(
  context: RequestContext,
  input: ListInput<Kind>,
): Promise<Page<ListedConfiguration<Kind>>> {
  const bucket = await resolveBucket(context, input);
  await authorize(context, { action: configurationKinds[input.kind].get, bucket });
  return read(context, bucket.id, input);
}

/** The same of a bucket that the caller was let see; null when the caller may not see these. */
export async function visibleNamedConfigurations<Kind extends NamedConfigurationKind>(
  context: RequestContext,
  input: ListInput<Kind>,
): Promise<Page<ListedConfiguration<Kind>> | null> {
  const bucket = await visibleConfiguration(context, input, configurationKinds[input.kind].get);
  return bucket === null ? null : read(context, bucket.id, input);
}

async function read<Kind extends NamedConfigurationKind>(
  { granary }: RequestContext,
  bucketId: number,
  { kind, ...page }: ListInput<Kind>,
): Promise<Page<ListedConfiguration<Kind>>> {
  const after = page.after === undefined ? undefined : validListText(page.after, 'marker');
  const found = await granary.database.query<ListedConfiguration<Kind>>(
    page.direction === 'backward' ? listBackward : listForward,
    [bucketId, kind, after ?? null, page.limit + 1],
  );
  return toPage(found, page);
}

import { statement } from '../../database/database.js';
import { openBucket } from '../access/authorize.js';
import type { RequestContext } from '../context.js';
import type { BucketAddress } from '../types.js';
import { isConfigurationId } from './configuration-filter.js';
import {
  configurationKinds,
  type NamedConfigurationKind,
  type NamedConfigurations,
  noSuchConfiguration,
} from './named-configurations.js';

const find = statement(
  'find_named_configuration',
  'SELECT n.document FROM named_configuration n WHERE n.bucket_id = $1 AND n.kind = $2 AND n.id = $3',
);

/** One configuration of a bucket by its id. Throws `NoSuchConfiguration`. */
export async function getNamedConfiguration<Kind extends NamedConfigurationKind>(
  context: RequestContext,
  { kind, id, ...address }: BucketAddress & { kind: Kind; id: string },
): Promise<NamedConfigurations[Kind]> {
  const bucket = await openBucket(context, address, configurationKinds[kind].get);
  if (!isConfigurationId(id)) {
    throw noSuchConfiguration();
  }
  const [row] = await context.granary.database.query<{ document: NamedConfigurations[Kind] }>(find, [
    ...[bucket.id, kind, id],
  ]);
  if (row === undefined) {
    throw noSuchConfiguration();
  }
  return row.document;
}

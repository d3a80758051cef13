import {
  type ListedConfiguration,
  visibleNamedConfigurations,
} from '../operations/reports/list-named-configurations.js';
import type { NamedConfigurationKind } from '../operations/reports/named-configurations.js';
import type { BucketInfo } from '../operations/types.js';
import { type Connection, type PageArgs, pageRequest, toConnection } from './connection.js';
import type { GraphqlContext } from './context.js';
import { addressOf } from './placed-object.js';

/** A page of the configurations of one kind that a bucket has; null when the caller may not see them. */
export async function pageOfConfigurations<Kind extends NamedConfigurationKind, Shown extends { id: string }>(
  context: GraphqlContext,
  {
    bucket,
    kind,
    args,
    show,
  }: {
    bucket: BucketInfo;
    kind: Kind;
    args: PageArgs;
    show(listed: ListedConfiguration<Kind>): Shown;
  },
): Promise<Connection<Shown> | null> {
  const list = `configurations-${kind}`;
  const request = pageRequest(args, list);
  const page = await visibleNamedConfigurations(context.request, { ...addressOf(bucket), ...request, kind });
  return page === null
    ? null
    : toConnection({ request, truncated: page.truncated, list }, page.items.map(show), ({ id }) => id);
}

import { statement } from '../../database/database.js';
import { GranaryError } from '../../errors.js';
import { authorize, denial, resolveBucket } from '../access/authorize.js';
import { type BucketState, selectBuckets, toBucketState } from '../buckets/bucket-cache.js';
import type { RequestContext } from '../context.js';
import type { SearchInput } from './search-objects.js';
import { type SearchScope, searchScopes } from './search-scope.js';

/** As many as can be named. */
const mostBuckets = 100;
/** As many as can be looked through when none is named. */
const mostUnnamed = 10_000;

const readBuckets = statement('find_buckets_to_search', `${selectBuckets} AND b.tenant_id = $1 ORDER BY b.id LIMIT $2`);

/** The buckets that are searched, with what of them the caller may see. A bucket that was named must be open to it. */
export async function reachableBuckets(
  context: RequestContext,
  input: Omit<SearchInput, 'tenant'> & { tenant: { id: number; name: string } },
): Promise<{ buckets: Map<number, BucketState>; scopes: SearchScope[] }> {
  const named = input.buckets;
  const all = named === undefined ? await bucketsOf(context, input) : await namedBuckets(context, named, input);
  const scopes = await searchScopes(context, all);
  if (named !== undefined) {
    const open = new Set(scopes.flatMap(({ bucketIds }) => bucketIds));
    for (const bucket of all.filter(({ id }) => !open.has(id))) {
      await authorize(context, { action: 's3:ListBucket', bucket });
      throw await denial(context, { action: 's3:GetObject', bucket, key: `${input.prefix ?? ''}*` });
    }
  }
  return { buckets: new Map(all.map((bucket) => [bucket.id, bucket])), scopes };
}

async function bucketsOf(
  { granary }: RequestContext,
  { tenant, unfinished }: { tenant: { id: number }; unfinished?: SearchInput['unfinished'] },
): Promise<BucketState[]> {
  const values = [tenant.id, mostUnnamed + 1];
  const rows = await granary.database.query<Parameters<typeof toBucketState>[0]>(readBuckets, values);
  if (rows.length > mostUnnamed && unfinished !== 'SHOW') {
    const problem = `There are more than ${mostUnnamed} buckets. Name those to search, ${mostBuckets} at most.`;
    throw refused('SearchTooWide', problem);
  }
  return rows.slice(0, mostUnnamed).map(toBucketState);
}

function namedBuckets(
  context: RequestContext,
  names: readonly string[],
  { tenant }: { tenant: { name: string } },
): Promise<BucketState[]> {
  if (names.length === 0 || names.length > mostBuckets) {
    throw refused('InvalidArgument', `Name 1 to ${mostBuckets} buckets, or leave them out to search all.`);
  }
  return Promise.all([...new Set(names)].map((bucket) => resolveBucket(context, { bucket, tenant: tenant.name })));
}

function refused(reason: string, message: string): GranaryError {
  return new GranaryError('InvalidInput', message, { reason, field: ['buckets'] });
}

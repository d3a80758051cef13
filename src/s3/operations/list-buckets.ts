import { type ListBucketsInput, listBuckets as list } from '../../operations/buckets/list-buckets.js';
import type { RequestContext } from '../../operations/context.js';
import type { BucketInfo } from '../../operations/types.js';
import { type Answer, type Exchange, xmlAnswer } from '../exchange.js';
import { formatDocumentDate } from '../protocol/dates.js';
import { formatToken, parseToken } from '../protocol/list-parameters.js';
import type { Query } from '../protocol/query.js';
import { s3Error } from '../protocol/s3-error.js';
import { element, s3Document } from '../protocol/xml-writer.js';

const maxBuckets = 10_000;
const pageSize = 1000;

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListBuckets.html */
export async function listBuckets({ context, request: { query } }: Exchange): Promise<Answer> {
  const prefix = query.get('prefix') || undefined;
  const { buckets, truncated } = await listUpTo(context, {
    limit: parseMaxBuckets(query),
    after: parseToken(query.get('continuation-token') || undefined),
    prefix,
  });
  const { caller } = context;
  const owner =
    caller.kind === 'user'
      ? [element('ID', caller.canonicalId), element('DisplayName', caller.displayName)]
      : undefined;
  const last = truncated ? buckets.at(-1) : undefined;
  return xmlAnswer(
    s3Document('ListAllMyBucketsResult', [
      element('Owner', owner),
      element(
        'Buckets',
        buckets.map((bucket) =>
          element('Bucket', [
            element('Name', bucket.name),
            element('CreationDate', formatDocumentDate(bucket.createdAt)),
            element('BucketRegion', bucket.region || 'us-east-1'),
          ]),
        ),
      ),
      element('Prefix', prefix),
      element('ContinuationToken', last && formatToken(last.name)),
    ]),
  );
}

function parseMaxBuckets(query: Query): number {
  const text = query.get('max-buckets') || String(maxBuckets);
  const limit = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (limit < 1 || limit > maxBuckets) {
    throw s3Error('InvalidArgument', `Argument max-buckets must be an integer between 1 and ${maxBuckets}.`, {
      ArgumentName: 'max-buckets',
      ArgumentValue: text,
    });
  }
  return limit;
}

type Page = Awaited<ReturnType<typeof list>>;

/** S3 gives up to ten thousand buckets at once, the house a thousand. */
async function listUpTo(context: RequestContext, input: ListBucketsInput): Promise<Page> {
  const buckets: BucketInfo[] = [];
  for (;;) {
    const limit = Math.min(pageSize, input.limit - buckets.length);
    const page = await list(context, { ...input, limit, after: buckets.at(-1)?.name ?? input.after });
    buckets.push(...page.buckets);
    if (!page.truncated || buckets.length >= input.limit) {
      return { buckets, truncated: page.truncated };
    }
  }
}

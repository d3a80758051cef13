import { statement } from '../../database/database.js';
import { withDeadline } from '../../database/deadline.js';
import { GranaryError } from '../../errors.js';
import { FairTurns } from '../../turns/fair-turns.js';
import { asking } from '../access/asking.js';
import { isPermitted, requireUser } from '../access/authorize.js';
import type { BucketState } from '../buckets/bucket-cache.js';
import type { RequestContext } from '../context.js';
import { validListText } from '../objects/list-objects.js';
import { toObjectInfo } from '../objects/version-row.js';
import { resolveTenant } from '../tenants/resolve-tenant.js';
import type { BucketInfo, ObjectInfo } from '../types.js';
import { reachableBuckets } from './search-buckets.js';
import { type Candidate, candidatesQuery, type SearchOrder, type SearchPlan } from './search-candidates.js';
import { openCursor, type SearchPosition, sealCursor } from './search-cursor.js';
import { type Bind, type SearchConditions, type SearchFilter, searchConditions } from './search-filter.js';
import type { SearchScope } from './search-scope.js';
import { similarWords } from './similar-words.js';

export interface SearchInput extends Omit<SearchFilter, 'ownerId'> {
  tenant?: string | undefined;
  /** The name of who wrote the current version. */
  owner?: string | undefined;
  /** Only in these; in all of the tenant when absent. */
  buckets?: readonly string[] | undefined;
  /** By relevance where there is text, else by name. */
  order?: SearchOrder | undefined;
  /** Names from A on by default; of all else the most, the best or the newest first. */
  direction?: 'ASC' | 'DESC' | undefined;
  /** Whether similar words count as well. */
  typos?: 'FIND' | 'IGNORE' | undefined;
  /** The cursor of the object to go on behind. */
  after?: string | undefined;
  /** 1 to 100. */
  limit: number;
  /** What becomes of a page that is not full when the search has to end: an error by default, or what there is of it. */
  unfinished?: 'REFUSE' | 'SHOW' | undefined;
}

export interface FoundObject {
  object: ObjectInfo;
  bucket: BucketInfo;
  cursor: string;
}

export interface SearchPage {
  found: FoundObject[];
  /** Where to go on; null for an empty page at the end. */
  endCursor: string | null;
  isMore: boolean;
}

/** Whether there was nothing more to look at. */
type Ending = 'complete' | 'incomplete';

/** How long one page may take, with all that is read for it. */
const searchLimitMs = 5000;
/** Of all connections to the database searches have a few, so that others find one. */
const turns = new FairTurns('searches', {
  running: { all: 4, tenant: 3, user: 2 },
  waiting: { all: 1000, tenant: 120, user: 40 },
});
/**
 * As many candidates as are looked at for a page in one go, each time more: what the caller may not see is left out. A
 * page that ended where they do would tell how many of these there are.
 */
const candidatesOfRounds = [120, 480, 1920, 1920, 1920, 1920, 1920, 1920];

const findOwner = statement(
  'find_owner_to_search',
  `SELECT u.id FROM user_account u WHERE u.username = $2 AND u.tenant_id IN ($1, $3) ORDER BY u.tenant_id <> $1 LIMIT 1`,
);

/**
 * Finds current objects by what is known of them: those that the caller may list and read, and nothing of others, neither
 * by pages, nor by cursors, nor by their order. What was changed a moment ago may be missing; nothing is found that is gone, or is no longer as
 * it was asked for. A page is full, unless it is the last one.
 * @throws GranaryError InvalidInput for what cannot be looked for, and for what takes too long to look through;
 * RateLimited when too many searches wait already.
 */
export async function searchObjects(context: RequestContext, input: SearchInput): Promise<SearchPage> {
  const caller = requireUser(context);
  const found: FoundObject[] = [];
  const ending = await turns.run(caller, () => withDeadline(searchLimitMs, () => find(context, input, found)));
  const isFull = found.length > input.limit;
  if (!isFull && ending !== 'complete' && input.unfinished !== 'SHOW') {
    throw tooWide();
  }
  const page = found.slice(0, input.limit);
  return { found: page, endCursor: page.at(-1)?.cursor ?? null, isMore: isFull || ending !== 'complete' };
}

async function find(context: RequestContext, input: SearchInput, found: FoundObject[]): Promise<Ending> {
  const tenant = await resolveTenant(context, input.tenant);
  const plan = planOf(input, tenant.id);
  const position = input.after === undefined ? undefined : openCursor(context, input.after, plan.list);
  const asked = asking(context, { prefix: input.prefix ?? '' });
  const { buckets, scopes } = await reachableBuckets(asked, { ...input, tenant });
  const values: unknown[] = [];
  const bind: Bind = (value) => `$${values.push(value)}`;
  const findSimilar = async (word: string) =>
    input.typos === 'IGNORE' ? [] : similarWords(context.granary.database, tenant.id, word);
  const filter = { ...input, ownerId: await ownerIdOf(context, input.owner, tenant.id) };
  const conditions = await searchConditions(filter, { tenantId: tenant.id, bind, findSimilar });
  if (scopes.length === 0) {
    return 'complete';
  }
  conditions.sql.push(scopeCondition(scopes, bind));
  const search = new Search({ context, plan, conditions, buckets, values });
  return search.fill(found, input.limit, position);
}

/** Of nobody, where there is no such user: then nothing is found. */
async function ownerIdOf(
  { granary, caller }: RequestContext,
  username: string | undefined,
  tenantId: number,
): Promise<number | undefined> {
  if (username === undefined) {
    return undefined;
  }
  const values = [tenantId, validListText(username, 'owner'), caller.tenantId];
  const [row] = await granary.database.query<{ id: number }>(findOwner, values);
  return row?.id ?? 0;
}

function planOf(input: SearchInput, tenantId: number): SearchPlan {
  const { text, order, limit } = input;
  if (!Number.isInteger(limit) || limit < 1 || limit > 100) {
    throw invalid('limit', 'A page has 1 to 100 objects.');
  }
  const by = order ?? (text === undefined ? 'NAME' : 'RELEVANCE');
  if (by === 'RELEVANCE' && text === undefined) {
    throw invalid('order', 'Only what was searched for by text can be sorted by relevance.');
  }
  const direction = input.direction ?? (by === 'NAME' ? 'ASC' : 'DESC');
  return { order: by, direction, list: listOf({ ...input, order: by, direction }, tenantId) };
}

/** A name for all that is found, whatever the pages of it are. */
function listOf(input: SearchInput, tenantId: number): string {
  const { buckets, tags, metadata, typos } = input;
  const sets = [buckets, Object.entries(tags ?? {}), Object.entries(metadata ?? {})].map((set) => set?.toSorted());
  const { text, key, prefix, owner, contentType, storageClass, order, direction } = input;
  const { minSize, maxSize, createdAfter, createdBefore } = input;
  const texts = [text, key, prefix, owner, contentType, storageClass, order, direction, typos ?? 'FIND'];
  const ranges = [minSize, maxSize, createdAfter?.getTime(), createdBefore?.getTime()];
  return JSON.stringify(['search', tenantId, sets, texts, ranges]);
}

function scopeCondition(scopes: readonly SearchScope[], bind: Bind): string {
  const parts = scopes.map(({ bucketIds, allowed, denied }) =>
    [
      `s.bucket_id = ANY (${bind(bucketIds)}::bigint[])`,
      ...allowed.map((patterns) => `s.key LIKE ANY (${bind(patterns)}::text[])`),
      ...(denied.length === 0 ? [] : [`NOT s.key LIKE ANY (${bind(denied)}::text[])`]),
    ].join(' AND '),
  );
  return parts.length === 1 ? `${parts[0]}` : `(${parts.map((part) => `(${part})`).join(' OR ')})`;
}

/** One search, page by page. */
class Search {
  readonly #context: RequestContext;
  readonly #plan: SearchPlan;
  readonly #conditions: SearchConditions;
  readonly #buckets: ReadonlyMap<number, BucketState>;
  readonly #values: readonly unknown[];
  readonly #listable = new Map<number, boolean>();

  constructor(parts: {
    context: RequestContext;
    plan: SearchPlan;
    conditions: SearchConditions;
    buckets: ReadonlyMap<number, BucketState>;
    values: readonly unknown[];
  }) {
    this.#context = parts.context;
    this.#plan = parts.plan;
    this.#conditions = parts.conditions;
    this.#buckets = parts.buckets;
    this.#values = parts.values;
  }

  /** Adds what is found, up to one object more than the limit. */
  async fill(found: FoundObject[], limit: number, after: SearchPosition | undefined): Promise<Ending> {
    let position = after;
    for (const most of candidatesOfRounds) {
      const candidates = await this.#candidates(position, most);
      for (const candidate of candidates) {
        position = { value: candidate.place, id: candidate.candidate };
        const one = await this.#judge(candidate, position);
        if (one !== undefined) {
          found.push(one);
        }
        if (found.length > limit) {
          return 'incomplete';
        }
      }
      if (candidates.length < most) {
        return 'complete';
      }
    }
    return 'incomplete';
  }

  /** Undefined for what is gone, does not fit any more, or is not for the caller to see. */
  async #judge(candidate: Candidate, position: SearchPosition): Promise<FoundObject | undefined> {
    const bucket = candidate.visible ? this.#buckets.get(candidate.bucketId) : undefined;
    if (bucket === undefined) {
      return undefined;
    }
    const object = toObjectInfo(candidate);
    const maySee = this.#conditions.matches(object) && (await this.#maySee(bucket, object));
    if (!maySee || !(await this.#mayKnowWhy(bucket, object))) {
      return undefined;
    }
    return { object, bucket, cursor: this.#seal(position) };
  }

  /** Who may list only some keys is asked about each as if it were the prefix of a list. */
  async #maySee(bucket: BucketState, { key, tags }: ObjectInfo): Promise<boolean> {
    const subject = withoutLists(bucket);
    let listable = this.#listable.get(bucket.id);
    if (listable === undefined) {
      listable = await isPermitted(this.#context, { action: 's3:ListBucket', bucket });
      this.#listable.set(bucket.id, listable);
    }
    const lists =
      listable ||
      (await isPermitted(asking(this.#context, { prefix: key }), { action: 's3:ListBucket', bucket: subject }));
    return lists && isPermitted(this.#context, { action: 's3:GetObject', bucket: subject, key, existingTags: tags });
  }

  /** What is found by its tags alone tells of them: to be found so, they must be open to the caller. */
  async #mayKnowWhy(bucket: BucketState, object: ObjectInfo): Promise<boolean> {
    const { key, tags } = object;
    if (Object.keys(tags).length === 0 || this.#conditions.matches({ ...object, tags: {} })) {
      return true;
    }
    const question = { action: 's3:GetObjectTagging', bucket: withoutLists(bucket), key, existingTags: tags };
    return isPermitted(this.#context, question);
  }

  #candidates(after: SearchPosition | undefined, most: number): Promise<Candidate[]> {
    const values = [...this.#values];
    const bind: Bind = (value) => `$${values.push(value)}`;
    const text = candidatesQuery(this.#plan, { conditions: this.#conditions, after, most, bind });
    // Without a name: the plan is made for these values, as what fits few objects and what fits most want another one.
    return this.#context.granary.database.query<Candidate>({ name: '', text }, values);
  }

  #seal(position: SearchPosition): string {
    return sealCursor(this.#context, position, this.#plan.list);
  }
}

/** The bucket as if its objects had no access control lists: asking for each would cost a query. */
function withoutLists(bucket: BucketState): BucketState {
  return { ...bucket, configuration: { ...bucket.configuration, objectOwnership: 'BucketOwnerEnforced' } };
}

function tooWide(): GranaryError {
  const problem = 'That is too much to look through. Search for something more particular.';
  return new GranaryError('InvalidInput', problem, { reason: 'SearchTooWide' });
}

function invalid(field: string, message: string): GranaryError {
  return new GranaryError('InvalidInput', message, { reason: 'InvalidArgument', field: [field] });
}

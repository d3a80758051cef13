/** A JSON Schema, as OpenAPI 3.1 has them. */
type Schema = Readonly<Record<string, unknown>>;

const text = (description: string, rest: Schema = {}): Schema => ({ type: 'string', description, ...rest });
const bytes = (description: string): Schema => ({ type: 'integer', minimum: 0, description });
const time = (description: string): Schema => text(description, { format: 'date-time' });
const strings = (description: string): Schema => ({
  type: 'object',
  description,
  additionalProperties: { type: 'string' },
});

const storageClass = { type: 'string', enum: ['STANDARD', 'STANDARD_IA', 'GLACIER_IR'] };

const summary = {
  id: text('The id of this version, for `/v1/objects/{id}`. The same as in GraphQL.'),
  bucket: text("The bucket's name."),
  key: text('The key.'),
  versionId: text('The id of the version among those of the key; `null` for one written without versioning.'),
  isLatest: { type: 'boolean', description: 'Whether it is what the key stands for.' },
  size: bytes('The number of bytes.'),
  contentType: text('The content type that the writer declared.'),
  etag: text('The entity tag, without quotes.'),
  storageClass: { ...storageClass, description: 'How it is stored.' },
  createdAt: time('When this version was written.'),
};

const summarySchema: Schema = {
  type: 'object',
  additionalProperties: false,
  required: Object.keys(summary),
  properties: summary,
};

const details = {
  ...summary,
  sha256: {
    type: ['string', 'null'],
    description: 'SHA-256 of the content in hexadecimal; null while it is not known.',
  },
  metadata: strings('The user metadata.'),
  tags: {
    type: ['object', 'null'],
    description: 'The tags; null for who may not read them.',
    additionalProperties: { type: 'string' },
  },
};

/** An object with all that is known of it. */
export const detailsSchema: Schema = {
  type: 'object',
  additionalProperties: false,
  required: Object.keys(details),
  properties: details,
};

const nextCursor = {
  type: ['string', 'null'],
  description: 'Pass it as `cursor` for the next page; null on the last.',
};

export const listSchema: Schema = {
  type: 'object',
  additionalProperties: false,
  required: ['objects', 'folders', 'nextCursor'],
  properties: {
    objects: { type: 'array', items: summarySchema, description: 'The objects, by key.' },
    folders: {
      type: 'array',
      items: { type: 'string' },
      description: 'With `delimiter`: what keys have in common up to it.',
    },
    nextCursor,
  },
};

export const searchSchema: Schema = {
  type: 'object',
  additionalProperties: false,
  required: ['objects', 'nextCursor', 'indexedUntil'],
  properties: {
    objects: { type: 'array', items: summarySchema, description: 'The found objects, in their order.' },
    nextCursor,
    indexedUntil: {
      type: ['string', 'null'],
      format: 'date-time',
      description: 'What was changed before is found; null while objects are still being read for the first time.',
    },
  },
};

const problemSchema: Schema = {
  type: 'object',
  description: 'What went wrong (RFC 9457).',
  additionalProperties: false,
  required: ['type', 'title', 'status', 'detail', 'code', 'reason', 'requestId'],
  properties: {
    type: text('Always `about:blank`.'),
    title: text('The status in words.'),
    status: { type: 'integer', description: 'The status.' },
    detail: text('What went wrong, for people.'),
    code: text('The kind of failure, as in GraphQL.'),
    reason: text("The case in particular, in AWS's spelling where AWS has a name for it."),
    requestId: text('The id of the request, for whoever reads the log.'),
    field: text('What of the request was wrong.'),
    decisionId: text('With what `decision` in GraphQL explains the denial.'),
  },
};

const problems: Readonly<Record<number, string>> = {
  400: 'The request cannot be understood, or asks for what there cannot be.',
  401: 'Nobody is signed in.',
  403: 'The caller may not.',
  404: 'There is no such thing, or not for this caller.',
  412: 'A condition does not hold.',
  413: 'The body is too large.',
  416: 'The object does not reach so far.',
  423: 'Object lock keeps it.',
};

/** Answers to what fails, by status; all others are problems as well. */
export function failures(...statuses: number[]): Record<string, Schema> {
  const answer = (description: string) => ({
    description,
    content: { 'application/problem+json': { schema: problemSchema } },
  });
  return {
    ...Object.fromEntries(statuses.map((status) => [status, answer(problems[status] ?? '')])),
    default: answer('Any other failure: too many requests (429), a quota or the disk is full (507), not now (503).'),
  };
}

/** Failures of requests whose answers have no body. */
export function bodilessFailures(...statuses: number[]): Record<string, Schema> {
  return Object.fromEntries(statuses.map((status) => [status, { description: problems[status], type: 'null' }]));
}

/** An answer in JSON. */
export const json = (description: string, schema: Schema): Schema => ({
  description,
  content: { 'application/json': { schema } },
});

/** An answer that is the bytes of an object. */
export const content = (description: string): Schema => ({
  description,
  content: { '*/*': { schema: { type: 'string', contentMediaType: 'application/octet-stream' } } },
});

export const empty = (description: string): Schema => ({ description, type: 'null' });

const tenant = text("The tenant; the caller's own by default, others for global administrators only.");
const cursor = text('The `nextCursor` of the page before.');
const limit = { type: 'integer', minimum: 1, maximum: 100, default: 50, description: 'As many as a page may have.' };

export const listQuery: Schema = {
  type: 'object',
  additionalProperties: false,
  required: ['bucket'],
  properties: {
    bucket: text('The bucket.'),
    prefix: text('What the keys begin with.'),
    delimiter: text('Keys that have it behind the prefix are shown as one folder each; usually `/`.', {
      maxLength: 1024,
    }),
    tenant,
    cursor,
    limit,
  },
};

const list = (description: string): Schema => ({
  type: 'array',
  items: { type: 'string' },
  maxItems: 100,
  description,
});

export const searchQuery: Schema = {
  type: 'object',
  additionalProperties: false,
  properties: {
    text: text('Words of the key, the tags and the metadata.'),
    key: text('A pattern of the key: `*` for any characters, `?` for one.'),
    prefix: text('What the key begins with.'),
    bucket: list('Only in these buckets. May be repeated.'),
    tag: list('A tag as `name=value`. May be repeated.'),
    metadata: list('User metadata as `name=value`. May be repeated.'),
    contentType: text('As `image/png`, or `image/*`.'),
    minSize: bytes('So many bytes at least.'),
    maxSize: bytes('So many bytes at most.'),
    createdAfter: time('Written at this moment or later.'),
    createdBefore: time('Written before this moment.'),
    owner: text('The name of the user who wrote it.'),
    storageClass: { ...storageClass, description: 'The storage class.' },
    sort: {
      type: 'string',
      enum: ['relevance', 'name', 'size', 'date'],
      description: 'By what the answer is sorted: by relevance where there is text, else by name.',
    },
    direction: {
      type: 'string',
      enum: ['asc', 'desc'],
      description: 'Which end comes first: of names A, else the best, the largest or the newest by default.',
    },
    typos: { type: 'boolean', default: true, description: 'Whether words that differ by a letter count too.' },
    tenant,
    cursor,
    limit,
  },
};

export const createQuery: Schema = {
  type: 'object',
  additionalProperties: false,
  properties: {
    bucket: text('The bucket. In a form, a field may say it instead, as everything else.'),
    key: text('The key.'),
    storageClass: { ...storageClass, description: 'How it is to be stored.' },
    metadata: list('User metadata as `name=value`. May be repeated.'),
    tag: list('A tag as `name=value`. May be repeated.'),
    sha256: text('What the SHA-256 of the content must be, in hexadecimal.'),
    tenant,
  },
};

export const createHeaders: Schema = {
  type: 'object',
  properties: {
    'content-type': text('The content type of the object; in a form, the `contentType` field says it.'),
    'cache-control': text('What downloads are to say in Cache-Control.'),
    'content-disposition': text('What downloads are to say in Content-Disposition.'),
    'content-encoding': text(
      'How the content is encoded: it is kept as it comes, and downloads say the same in Content-Encoding.',
    ),
    'content-language': text('What downloads are to say in Content-Language.'),
    expires: text('What downloads are to say in Expires.'),
    'if-match': text('Only if the object has this entity tag.'),
    'if-none-match': text('With `*`, only if there is no object of this key.'),
  },
};

export const readQuery: Schema = {
  type: 'object',
  additionalProperties: false,
  properties: {
    view: {
      type: 'string',
      enum: ['content', 'details'],
      default: 'content',
      description: 'Its bytes, or what is known of it as JSON.',
    },
  },
};

export const readKeyQuery: Schema = {
  ...readQuery,
  properties: {
    ...(readQuery.properties as object),
    versionId: text('The version; the current one by default.'),
    tenant,
  },
};

export const readHeaders: Schema = {
  type: 'object',
  properties: {
    range: text('One range of bytes, as `bytes=0-99`.'),
    'if-range': text('The range counts only for this entity tag or date.'),
    'if-match': text('Only if it has this entity tag.'),
    'if-none-match': text('Only if it has another entity tag.'),
    'if-modified-since': text('Only if it was written later.'),
    'if-unmodified-since': text('Only if it was not written later.'),
  },
};

export const deleteKeyQuery: Schema = {
  type: 'object',
  additionalProperties: false,
  properties: { versionId: text('Only this version, for good; the object by default.'), tenant },
};

export const idParams: Schema = {
  type: 'object',
  required: ['id'],
  properties: { id: text('The id of the object.') },
};

export const keyParams: Schema = {
  type: 'object',
  required: ['bucket', '*'],
  properties: { bucket: text('The bucket.'), '*': text('The key, with its slashes.') },
};

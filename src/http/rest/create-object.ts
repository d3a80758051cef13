import { GranaryError } from '../../errors.js';
import { putObject } from '../../operations/objects/put-object.js';
import type {
  IncomingBody,
  ObjectAttributes,
  ObjectHeaders,
  StorageClass,
  WriteConditions,
} from '../../operations/types.js';
import { FormReader, formBoundary } from '../../wire/form-reader.js';
import { RequestBody } from '../../wire/request-body.js';
import { sha256Of } from '../../wire/sha256-of.js';
import { publicUrlOf } from '../public-url.js';
import { detailsOf } from './describe-object.js';
import type { RestExchange } from './objects.js';
import { pairsOf } from './pairs.js';

/** What is said of an object to be: in the query and the headers, or in the fields of a form. */
interface Creation {
  bucket?: string | undefined;
  key?: string | undefined;
  tenant?: string | undefined;
  storageClass?: string | undefined;
  metadata?: string[] | undefined;
  tag?: string[] | undefined;
  sha256?: string | undefined;
  contentType?: string | undefined;
}

/** Of all fields before the file, metadata and tags among them. */
const maxPreambleBytes = 20 * 1024;

/** Fields of forms that may come more than once. */
const repeated = new Set(['metadata', 'tag']);
const single = new Map(
  ['bucket', 'key', 'tenant', 'storageClass', 'sha256', 'contentType'].map((name) => [name.toLowerCase(), name]),
);

/** Stores the body, or the file in a form, as an object. */
export async function create(exchange: RestExchange): Promise<unknown> {
  const { request, reply, context } = exchange;
  const body = new RequestBody(request.raw, () => undefined);
  const boundary = boundaryOf(request.headers['content-type']);
  try {
    const { creation, stream } =
      boundary === undefined
        ? { creation: fromHeaders(exchange), stream: body }
        : await readForm(new FormReader(body, { boundary, maxPreambleBytes }), request.query as Creation);
    const address = addressOf(creation);
    const { object } = await putObject(context, {
      ...address,
      body: bodyOf(exchange, { creation, stream, isForm: boundary !== undefined }),
      attributes: attributesOf(exchange, creation),
      conditions: conditionsOf(exchange),
    });
    const details = await detailsOf(context, address, object);
    const base = publicUrlOf(context.granary.settings, request.raw);
    const location = `${base}/v1/objects/${(details as { id: string }).id}`;
    return reply
      .code(201)
      .headers({ location, etag: `"${object.etag}"` })
      .send(details);
  } finally {
    await body.return();
  }
}

function boundaryOf(contentType: string | undefined): string | undefined {
  try {
    return formBoundary(contentType);
  } catch {
    throw invalid('content-type', 'A form needs a boundary in its Content-Type.');
  }
}

function fromHeaders({ request }: RestExchange): Creation {
  return { ...(request.query as Creation), contentType: request.headers['content-type'] };
}

/** Everything before the file counts; a field wins over the parameter of the same name. */
async function readForm(
  reader: FormReader,
  query: Creation,
): Promise<{ creation: Creation; stream: AsyncIterable<Uint8Array> }> {
  const fields = new Map<string, string>();
  const lists: Record<string, string[]> = {};
  for (;;) {
    const part = await reader.nextPart();
    if (part === undefined) {
      throw invalid('file', 'The form has no part named "file".');
    }
    if (part.name === 'file') {
      return { creation: { ...query, ...Object.fromEntries(fields), ...lists }, stream: reader.content() };
    }
    const value = Buffer.from(await reader.text(), 'latin1').toString();
    const name = single.get(part.name);
    if (repeated.has(part.name)) {
      lists[part.name] = [...(lists[part.name] ?? []), value];
    } else if (name === undefined || fields.has(name)) {
      throw invalid(part.name.slice(0, 100), 'The form has a field that is not known, or one twice, before its file.');
    } else {
      fields.set(name, value);
    }
  }
}

function addressOf({ bucket, key, tenant }: Creation): { bucket: string; key: string; tenant: string | undefined } {
  if (bucket === undefined || key === undefined) {
    throw invalid(bucket === undefined ? 'bucket' : 'key', 'Say the bucket and the key of the object.');
  }
  return { bucket, key, tenant };
}

function bodyOf(
  { request }: RestExchange,
  { creation, stream, isForm }: { creation: Creation; stream: AsyncIterable<Uint8Array>; isForm: boolean },
): IncomingBody {
  const length = request.headers['content-length'];
  const sha256 = sha256Of(creation.sha256);
  return {
    stream,
    ...(isForm || length === undefined ? {} : { length: Number(length) }),
    ...(sha256 === undefined ? {} : { sha256 }),
  };
}

function attributesOf({ request }: RestExchange, creation: Creation): ObjectAttributes {
  return {
    ...(creation.contentType === undefined ? {} : { contentType: creation.contentType }),
    headers: headersOf(request),
    metadata: pairsOf(creation.metadata, 'metadata') ?? {},
    tags: pairsOf(creation.tag, 'tag') ?? {},
    ...(creation.storageClass === undefined ? {} : { storageClass: validClass(creation.storageClass) }),
  };
}

const keptHeaders = {
  cacheControl: 'cache-control',
  contentDisposition: 'content-disposition',
  contentEncoding: 'content-encoding',
  contentLanguage: 'content-language',
  expires: 'expires',
} as const satisfies { [field in keyof ObjectHeaders]: string };

/** What downloads are to say as well. */
function headersOf({ headers }: RestExchange['request']): ObjectHeaders {
  return Object.fromEntries(
    Object.entries(keptHeaders).flatMap(([field, name]) => (headers[name] ? [[field, headers[name]]] : [])),
  );
}

function conditionsOf({ request }: RestExchange): WriteConditions {
  const { 'if-match': ifMatch, 'if-none-match': ifNoneMatch } = request.headers;
  if (ifNoneMatch !== undefined && (ifNoneMatch.trim() !== '*' || ifMatch !== undefined)) {
    throw invalid('if-none-match', 'A write takes "If-None-Match: *", or "If-Match" with an entity tag.');
  }
  return { ...(ifMatch === undefined ? {} : { ifMatch }), ...(ifNoneMatch === undefined ? {} : { ifNoneMatch: '*' }) };
}

function validClass(text: string): StorageClass {
  if (text === 'STANDARD' || text === 'STANDARD_IA' || text === 'GLACIER_IR') {
    return text;
  }
  throw invalid('storageClass', 'The storage class is STANDARD, STANDARD_IA or GLACIER_IR.');
}

function invalid(field: string, message: string): GranaryError {
  return new GranaryError('InvalidInput', message, { reason: 'InvalidArgument', field: [field] });
}

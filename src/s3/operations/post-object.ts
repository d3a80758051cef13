import { originOf } from '../../auth/request-origin.js';
import type { RequestContext } from '../../operations/context.js';
import { putObject } from '../../operations/objects/put-object.js';
import type { IncomingBody, WrittenObject } from '../../operations/types.js';
import { FormReader, formBoundary } from '../../wire/form-reader.js';
import { RequestBody } from '../../wire/request-body.js';
import { askForBody } from '../ask-for-body.js';
import { authenticateForm, type FormSigner, isFormSigned } from '../authenticate-form.js';
import { type Answer, bucketAddress, type Exchange, emptyAnswer } from '../exchange.js';
import { maxPutBytes, withinLimit } from '../incoming-body.js';
import { checksumHeaders, versionHeaders } from '../object-headers.js';
import { objectLocation } from '../object-location.js';
import { readAcl } from '../protocol/acl.js';
import { parseContentMd5, readChecksumClaim } from '../protocol/checksum-headers.js';
import { encryptionHeaders, readEncryption } from '../protocol/encryption-headers.js';
import { headersOfForm, keyOfForm } from '../protocol/form-fields.js';
import { readAttributes } from '../protocol/object-attributes.js';
import { readObjectLock } from '../protocol/object-lock.js';
import { type PostPolicy, parsePostPolicy, requireFit } from '../protocol/post-policy.js';
import { refuseUnsupportedHeaders } from '../protocol/refused-headers.js';
import type { RequestHeaders } from '../protocol/request-headers.js';
import { s3Error } from '../protocol/s3-error.js';
import { parseTagging } from '../protocol/tagging.js';
import { element, plainDocument } from '../protocol/xml-writer.js';
import { requestFacts, type Signature } from '../request-facts.js';

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/HTTPPOSTForms.html */
const maxPreambleBytes = 20 * 1024;

/** A form up to its file, whose content has not been read. */
interface Form {
  fields: Map<string, string>;
  key: string;
  reader: FormReader;
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/RESTObjectPOST.html : an upload by an HTML form. */
export async function postObject(exchange: Exchange): Promise<Answer> {
  const { request, authentication } = exchange;
  const boundary = formBoundary(request.headers.values['content-type']);
  if (boundary === undefined) {
    throw s3Error('PreconditionFailed', undefined, {
      Condition: 'Bucket POST must be of the enclosure-type multipart/form-data',
    });
  }
  if (authentication.signedBy !== 'nobody') {
    throw s3Error('InvalidArgument', 'A form is signed by its policy, not in a header or the query.');
  }
  const body = new RequestBody(request.message, () => askForBody(request));
  const reader = new FormReader(body, { boundary, maxPreambleBytes });
  try {
    return await storeForm(exchange, await withinLimit(exchange, readForm(reader)));
  } catch (error) {
    await reader.close();
    throw error;
  }
}

async function readForm(reader: FormReader): Promise<Form> {
  const fields = new Map<string, string>();
  for (;;) {
    const part = await reader.nextPart();
    if (part === undefined) {
      throw s3Error('IncorrectNumberOfFilesInPostRequest');
    }
    if (part.name === 'file') {
      const key = fields.get('key');
      if (key === undefined || key === '') {
        throw s3Error(
          'InvalidArgument',
          "Bucket POST must contain a field named 'key'.  If it is specified, please check the order of the fields.",
          { ArgumentName: 'key', ArgumentValue: '' },
        );
      }
      return { fields, key: keyOfForm(key, part.filename), reader };
    }
    const text = await reader.text();
    if (fields.has(part.name)) {
      // Which of the two would count must not be a matter of taste.
      throw s3Error('InvalidArgument', 'A field must be given once.', { ArgumentName: part.name });
    }
    fields.set(part.name, text);
  }
}

async function storeForm(exchange: Exchange, { fields, key, reader }: Form): Promise<Answer> {
  const { context } = exchange;
  const address = bucketAddress(exchange);
  exchange.request.notes.key = key;
  exchange.request.notes.isFormSigned = isFormSigned(fields);
  const signer = await authenticateForm(context.granary, fields);
  let size: PostPolicy['size'];
  if (signer !== undefined) {
    const policy = parsePostPolicy(fields.get('policy') ?? '');
    // A policy for one tenant's bucket is not good for another tenant's bucket of that name.
    const bucket = address.tenant === undefined ? address.bucket : `${address.tenant}:${address.bucket}`;
    const judged = new Map(fields).set('bucket', bucket).set('key', Buffer.from(key).toString('latin1'));
    requireFit(policy, judged, Date.now());
    size = policy.size;
  }
  const headers = headersOfForm(exchange.request.headers, fields);
  refuseUnsupportedHeaders(headers);
  const tagging = fields.get('tagging');
  const encryption = readEncryption(headers);
  const lock = readObjectLock(headers);
  const written = await putObject(await contextOf(exchange, headers, signer), {
    ...address,
    key,
    body: bodyOf(headers, withinSize(reader, size)),
    attributes: {
      ...readAttributes(headers),
      ...(tagging === undefined ? {} : { tags: parseTagging(Buffer.from(tagging, 'latin1')) }),
    },
    maxSize: maxPutBytes,
    action: 's3:PostObject',
    acl: readAcl(headers),
    ...(encryption === undefined ? {} : { encryption }),
    ...(lock === undefined ? {} : { lock }),
  });
  return answerOf(exchange, { fields, key }, written);
}

/** The request in the name of whoever signed the form, with what its fields say to policies. */
async function contextOf(
  { context, request, authentication }: Exchange,
  headers: RequestHeaders,
  signer: FormSigner | undefined,
): Promise<RequestContext> {
  const { granary, sourceIp } = context;
  const origin = originOf(request.message, granary.settings.trustedProxies);
  const form = { ...request, headers };
  if (signer === undefined) {
    return { ...context, facts: requestFacts(form, authentication, origin) };
  }
  const { caller, version, signedAt } = signer;
  await granary.rateLimits.admitCaller(caller, sourceIp);
  const signature = { signedBy: 'form', signatureVersion: version, signedAt } as Signature;
  request.notes.signer = { caller, signedBy: 'form', signatureVersion: version };
  return { ...context, caller, facts: requestFacts(form, signature, origin) };
}

/** The file's bytes, while they are as many as the policy allows. */
async function* withinSize(reader: FormReader, limits: PostPolicy['size']): AsyncGenerator<Buffer> {
  const { least, most } = limits ?? { least: 0, most: maxPutBytes };
  let size = 0;
  for await (const bytes of reader.content()) {
    size += bytes.length;
    if (size > most) {
      throw s3Error('EntityTooLarge', undefined, { ProposedSize: size, MaxSizeAllowed: most });
    }
    yield bytes;
  }
  if (size < least) {
    throw s3Error('EntityTooSmall', undefined, { ProposedSize: size, MinSizeAllowed: least });
  }
  await reader.drain();
}

function bodyOf(headers: Parameters<typeof readChecksumClaim>[0], stream: AsyncIterable<Uint8Array>): IncomingBody {
  const body: IncomingBody = { stream };
  const md5 = parseContentMd5(headers.values['content-md5']);
  if (md5 !== undefined) {
    body.md5 = md5;
  }
  const claim = readChecksumClaim(headers);
  if (claim !== undefined) {
    body.checksum = { algorithm: claim.algorithm, expected: () => claim.value };
  }
  return body;
}

function answerOf(exchange: Exchange, { fields, key }: Pick<Form, 'fields' | 'key'>, written: WrittenObject): Answer {
  const { bucket } = exchange.request.resource;
  const etag = `"${written.object.etag}"`;
  const location = objectLocation(exchange, key);
  const headers = [
    ...['ETag', etag],
    ...checksumHeaders(written.object.checksum),
    ...encryptionHeaders(written.object.encryption),
    ...versionHeaders(written),
  ];
  const redirect = URL.parse(fields.get('success_action_redirect') ?? fields.get('redirect') ?? '');
  if (redirect?.protocol === 'http:' || redirect?.protocol === 'https:') {
    redirect.searchParams.set('bucket', bucket);
    redirect.searchParams.set('key', key);
    redirect.searchParams.set('etag', etag);
    return emptyAnswer([...headers, 'Location', redirect.href], 303);
  }
  headers.push('Location', location);
  switch (fields.get('success_action_status')) {
    case '200':
      return emptyAnswer(headers, 200);
    case '201':
      return {
        status: 201,
        headers: ['Content-Type', 'application/xml', ...headers],
        body: plainDocument('PostResponse', [
          element('Location', location),
          element('Bucket', bucket),
          element('Key', key),
          element('ETag', etag),
        ]),
      };
    default:
      return emptyAnswer(headers);
  }
}

import { abortUpload } from '../../src/operations/uploads/abort-upload.js';
import { completeUpload } from '../../src/operations/uploads/complete-upload.js';
import { createUpload } from '../../src/operations/uploads/create-upload.js';
import { putPart } from '../../src/operations/uploads/put-part.js';
import { type Content, etagOf, fullPart, md5Of, streamOf } from './content.js';
import {
  type BucketModel,
  type Model,
  newVersion,
  pick,
  push,
  type Upload,
  type Version,
  versionsOf,
} from './model.js';
import { addressOf } from './observe.js';
import { type Answer, bucketAt, learn, locate, type Place, type Plan } from './plan.js';

/** Which of an upload's parts its completion names. */
export type Choice = 'all' | 'first' | 'last' | 'wrong';

export function planCreateUpload(model: Model, place: Place): Plan {
  const { bucket, key, address } = locate(model, place);
  return {
    writes: true,
    run: async (context) => ({ uploadId: (await createUpload(context, { ...address, attributes: {} })).id }),
    apply: (answer) => {
      bucket.uploads.push({ id: answer?.uploadId ?? null, key, state: 'OPEN', parts: new Map() });
    },
  };
}

interface FoundUpload {
  bucket: BucketModel;
  upload: Upload;
  address: { bucket: string; tenant?: string; key: string; uploadId: string };
}

function findUpload(model: Model, place: Place): FoundUpload | undefined {
  const bucket = bucketAt(model, place);
  const upload = pick(bucket.uploads, place.key);
  return upload === undefined || upload.id === null
    ? undefined
    : { bucket, upload, address: { ...addressOf(bucket), key: upload.key, uploadId: upload.id } };
}

export function planPutPart(model: Model, place: Place, part: { number: number; content: Content }): Plan | undefined {
  const found = findUpload(model, place);
  if (found === undefined) {
    return undefined;
  }
  const { upload, address } = found;
  const { number, content } = part;
  return {
    writes: true,
    run: async (context) => {
      const body = { stream: streamOf(content), length: content.size, md5: md5Of(content) };
      await putPart(context, { ...address, partNumber: number, body });
      return undefined;
    },
    refusal: upload.state === 'OPEN' ? undefined : 'NoSuchUpload',
    apply: () => {
      upload.parts.set(number, content);
    },
  };
}

export function planComplete(model: Model, place: Place, choice: Choice): Plan | undefined {
  const found = findUpload(model, place);
  if (found === undefined) {
    return undefined;
  }
  const { bucket, upload, address } = found;
  const parts = chosen(upload, choice);
  const listed = parts.map(([partNumber, content]) => ({
    partNumber,
    etag: choice === 'wrong' ? '0'.repeat(32) : etagOf([content], 0),
  }));
  const refusal = completionRefusal({ bucket, upload, parts, choice });
  return {
    writes: true,
    run: (context) => completeUpload(context, { ...address, parts: listed }),
    refusal,
    apply: (answer) => complete({ bucket, upload, pieces: parts.map(([, content]) => content), answer }),
  };
}

function chosen(upload: Upload, choice: Choice): [number, Content][] {
  const parts = [...upload.parts].sort(([a], [b]) => a - b);
  if (choice === 'first') {
    return parts.slice(0, 1);
  }
  return choice === 'last' ? parts.slice(-1) : parts;
}

function completionRefusal(completion: {
  bucket: BucketModel;
  upload: Upload;
  parts: [number, Content][];
  choice: Choice;
}): string | undefined {
  const { bucket, upload, parts, choice } = completion;
  if (upload.state === 'ABORTED') {
    return 'NoSuchUpload';
  }
  if (upload.state === 'COMPLETED') {
    const pieces = parts.map(([, content]) => content);
    const isSame = choice !== 'wrong' && stillThere(bucket, upload)?.etag === etagOf(pieces, pieces.length);
    return isSame ? undefined : 'NoSuchUpload';
  }
  if (parts.length === 0) {
    return 'MalformedXML';
  }
  if (choice === 'wrong') {
    return 'InvalidPart';
  }
  return parts.slice(0, -1).some(([, content]) => content.size < fullPart.size) ? 'EntityTooSmall' : undefined;
}

/** The version that a completed upload made, as long as it is committed. */
function stillThere(bucket: BucketModel, upload: Upload): Version | undefined {
  return versionsOf(bucket, upload.key).find((version) => version === upload.completed);
}

function complete(completion: {
  bucket: BucketModel;
  upload: Upload;
  pieces: Content[];
  answer: Answer | undefined;
}): void {
  const { bucket, upload, pieces, answer } = completion;
  if (upload.state === 'COMPLETED') {
    if (answer?.object !== undefined && answer.object.id !== upload.completed?.rowId) {
      throw new Error('A completion that was repeated tells of another version');
    }
    return;
  }
  const version = learn(newVersion(pieces, pieces.length), answer);
  upload.state = 'COMPLETED';
  upload.completed = version;
  push(bucket, upload.key, version);
}

export function planAbort(model: Model, place: Place): Plan | undefined {
  const found = findUpload(model, place);
  if (found === undefined) {
    return undefined;
  }
  const { upload, address } = found;
  return {
    writes: true,
    run: (context) => abortUpload(context, address).then(() => undefined),
    refusal: upload.state === 'OPEN' ? undefined : 'NoSuchUpload',
    apply: () => {
      upload.state = 'ABORTED';
    },
  };
}

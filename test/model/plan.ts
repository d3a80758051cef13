import type { RequestContext } from '../../src/operations/context.js';
import type { ObjectInfo } from '../../src/operations/types.js';
import type { Figures } from './figures.js';
import type { BucketModel, Model, Version } from './model.js';
import { keys, learnShape, pick } from './model.js';
import { addressOf } from './observe.js';

/** What an operation answers that the model wants to know: the row of the version that it made. */
export interface Answer {
  object?: Pick<ObjectInfo, 'id' | 'etag'>;
  uploadId?: string;
}

/** One operation, and what the model says of it. */
export interface Plan {
  /** Whether its success is a write that must then be there. */
  writes: boolean;
  run(context: RequestContext, figures: Figures): Promise<Answer | undefined>;
  /** The reason of the error that is due; undefined when the operation must succeed. */
  refusal?: string | undefined;
  /** Does the same to the model. Without an answer, after a crash, the ids stay unknown. */
  apply?(answer: Answer | undefined): void;
  /** Puts right what the plan did behind granary's back, however the operation ended. */
  after?(observer: RequestContext): Promise<void>;
}

/** Where an operation goes: numbers that are taken round and round over what there is. */
export interface Place {
  bucket: number;
  key: number;
}

export function bucketAt(model: Model, place: Place): BucketModel {
  const bucket = pick(model.buckets, place.bucket);
  if (bucket === undefined) {
    throw new Error('The model has no buckets');
  }
  return bucket;
}

export function locate(model: Model, place: Place) {
  const bucket = bucketAt(model, place);
  const key = keys[place.key % keys.length] ?? '';
  return { bucket, key, address: { ...addressOf(bucket), key } };
}

/** Takes over what the answer says of a new version. */
export function learn(version: Version, answer: Answer | undefined): Version {
  if (answer?.object !== undefined) {
    learnShape(version, answer.object);
    if (answer.object.etag !== version.etag) {
      throw new Error(`Written with the entity tag ${answer.object.etag} instead of ${version.etag}`);
    }
    version.rowId = answer.object.id;
  }
  return version;
}

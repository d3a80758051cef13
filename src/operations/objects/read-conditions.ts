import { GranaryError } from '../../errors.js';
import type { ObjectInfo, RangeRequest, ReadConditions } from '../types.js';
import { preconditionFailed } from './write-outcome.js';

type Validators = Pick<ObjectInfo, 'etag' | 'createdAt'>;

/**
 * RFC 9110 section 13.2.2, in its order: If-Match or else If-Unmodified-Since may fail the request, then If-None-Match
 * or else If-Modified-Since may find that the client has the representation already.
 */
export function checkReadConditions(object: Validators, conditions: ReadConditions | undefined): void {
  if (conditions === undefined) {
    return;
  }
  requireUnchanged(object, conditions);
  if (conditions.ifNoneMatch !== undefined) {
    if (matchesTag(conditions.ifNoneMatch, object.etag)) {
      throw notModified(object);
    }
  } else if (conditions.ifModifiedSince !== undefined && lastModified(object) <= conditions.ifModifiedSince.getTime()) {
    throw notModified(object);
  }
}

/** The same for the source of a copy, where every condition that does not hold is a failed precondition. */
export function checkCopyConditions(object: Validators, conditions: ReadConditions | undefined): void {
  try {
    checkReadConditions(object, conditions);
  } catch (error) {
    throw error instanceof GranaryError && error.kind === 'NotModified'
      ? preconditionFailed('x-amz-copy-source-if')
      : error;
  }
}

/**
 * The bytes a range stands for (RFC 9110 section 14.1.2), inclusive; throws when none of them exists. The last bytes of
 * nothing are all of it, which no Content-Range could name: undefined.
 */
export function resolveRange(range: RangeRequest, size: number): { start: number; end: number } | undefined {
  if (size === 0 && 'suffix' in range && range.suffix > 0) {
    return undefined;
  }
  const start = 'suffix' in range ? Math.max(0, size - range.suffix) : range.first;
  const end = 'suffix' in range ? size - 1 : Math.min(range.last ?? size - 1, size - 1);
  if (start >= size || end < start || ('suffix' in range && range.suffix === 0)) {
    throw new GranaryError('RangeNotSatisfiable', 'The requested range is not satisfiable', {
      reason: 'InvalidRange',
      data: { ActualObjectSize: size },
    });
  }
  return { start, end };
}

function requireUnchanged(object: Validators, conditions: ReadConditions): void {
  if (conditions.ifMatch !== undefined) {
    if (!matchesTag(conditions.ifMatch, object.etag)) {
      throw preconditionFailed('If-Match');
    }
  } else if (
    conditions.ifUnmodifiedSince !== undefined &&
    lastModified(object) > conditions.ifUnmodifiedSince.getTime()
  ) {
    throw preconditionFailed('If-Unmodified-Since');
  }
}

/** HTTP dates have whole seconds. */
function lastModified(object: Validators): number {
  return Math.floor(object.createdAt.getTime() / 1000) * 1000;
}

function matchesTag(list: string, etag: string): boolean {
  return list.split(',').some((item) => {
    const tag = item
      .trim()
      .replace(/^W\//, '')
      .replace(/^"(.*)"$/, '$1');
    return tag === '*' || tag === etag;
  });
}

function notModified(object: Validators): GranaryError {
  return new GranaryError('NotModified', 'Not Modified', {
    data: { etag: object.etag, lastModified: object.createdAt.toUTCString() },
  });
}

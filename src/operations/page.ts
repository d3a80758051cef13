import { GranaryError } from '../errors.js';
import { isUuid } from './uuid.js';

/** Which part of a list: `limit` items after (or, backwards, before) a name. */
export interface PageRequest {
  /** Exclusive: the last item that the client has. */
  after?: string | undefined;
  limit: number;
  direction?: 'forward' | 'backward' | undefined;
}

export interface Page<T> {
  /** Always in ascending order. */
  items: T[];
  /** True when there is more beyond the page, in its direction. */
  truncated: boolean;
}

/** Makes a page of what a query found when it was asked for one item more than the limit, nearest first. */
export function toPage<T>(found: T[], { limit, direction }: PageRequest): Page<T> {
  const items = found.slice(0, limit);
  return { items: direction === 'backward' ? items.reverse() : items, truncated: found.length > limit };
}

/** The condition that a field lies beyond where the client is. A cursor can be anything that a client made up. */
export function beyond(field: string, { after, direction }: PageRequest): Record<string, object> {
  if (after === undefined) {
    return {};
  }
  if (after.includes('\u0000') || !after.isWellFormed()) {
    throw new GranaryError('InvalidInput', 'This is not a place in the list.', { field: ['after'] });
  }
  return { [field]: { [direction === 'backward' ? '$lt' : '$gt']: after } };
}

/** Throws unless the page begins anywhere or at a UUID: the database refuses to compare one with anything else. */
export function requireUuidCursor({ after }: PageRequest): void {
  if (after !== undefined && !isUuid(after)) {
    throw new GranaryError('InvalidInput', 'This is not a place in the list.', { field: ['after'] });
  }
}

/** The order in which a query finds the items nearest to where the client is first. */
export function nearestFirst({ direction }: PageRequest): 'asc' | 'desc' {
  return direction === 'backward' ? 'desc' : 'asc';
}

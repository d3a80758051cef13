import type { BucketInfo } from '../operations/types.js';
import type { PlacedObject } from './placed-object.js';
import type { TenantSource } from './sources.js';
import type { UserError } from './user-error.js';

/** What mutations answer: the noun as it is afterwards, unless something went wrong. */
export interface BucketResult {
  bucket?: BucketInfo | null;
  userErrors: UserError[];
}

export interface ObjectResult {
  object?: PlacedObject | null;
  userErrors: UserError[];
}

export interface TenantResult {
  tenant?: TenantSource | null;
  userErrors: UserError[];
}

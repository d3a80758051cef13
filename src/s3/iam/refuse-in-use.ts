import { queryError } from '../query-api/query-error.js';

/** Throws DeleteConflict when there are any, with what to do about them. */
export function refuseInUse(remedy: string, items: readonly unknown[]): void {
  if (items.length > 0) {
    throw queryError('DeleteConflict', `Cannot delete entity, ${remedy}.`);
  }
}

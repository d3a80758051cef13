import type { StorageClass } from '../types.js';

/** One rule of a bucket; all that it names must fit. */
export interface PlacementRule {
  /** Of the key. */
  prefix?: string;
  storageClass?: StorageClass;
  /** A media type, or all of a kind: `image/*`. */
  contentType?: string;
  /** In bytes, inclusive. */
  minSize?: number;
  maxSize?: number;
  /** Where the bytes go; by their class when absent. */
  store?: string;
  /** Stores that get a second copy, from which damaged bytes are repaired. */
  copies?: string[];
}

/** What a placement is judged by. */
export interface PlacedObject {
  key: string;
  storageClass: StorageClass;
  contentType: string;
  /** In bytes. */
  size: number;
}

export interface Placement {
  store: string;
  copies: string[];
}

const storeOfClass: Record<StorageClass, string> = { STANDARD: 'hot', STANDARD_IA: 'cold', GLACIER_IR: 'cold' };

/** Where an object's bytes belong: as the first of the bucket's rules that fits says, else in the store of their class. */
export function placementOf(rules: readonly PlacementRule[], object: PlacedObject): Placement {
  const rule = rules.find((candidate) => fits(candidate, object));
  const store = rule?.store ?? storeOfClass[object.storageClass];
  return { store, copies: (rule?.copies ?? []).filter((copy) => copy !== store) };
}

function fits(rule: PlacementRule, { key, storageClass, contentType, size }: PlacedObject): boolean {
  return (
    key.startsWith(rule.prefix ?? '') &&
    (rule.storageClass ?? storageClass) === storageClass &&
    (rule.contentType === undefined || isOfType(contentType, rule.contentType)) &&
    size >= (rule.minSize ?? 0) &&
    size <= (rule.maxSize ?? Number.POSITIVE_INFINITY)
  );
}

/** https://www.rfc-editor.org/rfc/rfc9110#name-media-type : parameters do not count, nor does case. */
function isOfType(contentType: string, wanted: string): boolean {
  const [type = ''] = contentType.toLowerCase().split(';');
  const pattern = wanted.toLowerCase();
  return pattern.endsWith('/*') ? type.trim().startsWith(pattern.slice(0, -1)) : type.trim() === pattern;
}

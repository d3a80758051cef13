import { GranaryError } from '../../errors.js';
import type { PlacementRule } from '../blobs/placement.js';

const mostRules = 100;
const mostCopies = 8;
const longestPrefixBytes = 1_024;

/** A media type, or all of a kind. https://www.rfc-editor.org/rfc/rfc9110#name-media-type */
const mediaType = /^[\w!#$&^.+-]{1,127}\/(\*|[\w!#$&^.+-]{1,127})$/;

/** @throws GranaryError InvalidInput that says which rule is wrong, and why. */
export function validatePlacement(rules: readonly PlacementRule[], stores: readonly string[]): void {
  if (rules.length > mostRules) {
    throw invalid(`A bucket has at most ${mostRules} placement rules.`, []);
  }
  for (const [index, rule] of rules.entries()) {
    validateRule(rule, String(index), stores);
  }
}

function validateRule(rule: PlacementRule, index: string, stores: readonly string[]): void {
  const { prefix, contentType, copies = [], store } = rule;
  if (prefix !== undefined && (Buffer.byteLength(prefix) > longestPrefixBytes || !isText(prefix))) {
    throw invalid(`A prefix has at most ${longestPrefixBytes} bytes and no NUL.`, [index, 'prefix']);
  }
  if (contentType !== undefined && !mediaType.test(contentType)) {
    throw invalid('A content type is a media type such as image/png, or image/* for a kind.', [index, 'contentType']);
  }
  validateSizes(rule, index);
  for (const name of store === undefined ? copies : [store, ...copies]) {
    if (!stores.includes(name)) {
      throw invalid(`There is no store "${name}": there are ${stores.join(', ')}.`, [
        index,
        name === store ? 'store' : 'copies',
      ]);
    }
  }
  if (copies.length > mostCopies || new Set(copies).size !== copies.length) {
    throw invalid(`A rule names at most ${mostCopies} stores for copies, each once.`, [index, 'copies']);
  }
}

function validateSizes({ minSize = 0, maxSize = Number.MAX_SAFE_INTEGER }: PlacementRule, index: string): void {
  for (const size of [minSize, maxSize]) {
    if (!Number.isSafeInteger(size) || size < 0) {
      throw invalid('A size is a whole number of bytes, 0 or more.', [index, size === minSize ? 'minSize' : 'maxSize']);
    }
  }
  if (minSize > maxSize) {
    throw invalid('The smallest size is larger than the largest.', [index, 'minSize']);
  }
}

function isText(text: string): boolean {
  return text.isWellFormed() && !text.includes('\0');
}

function invalid(message: string, path: string[]): GranaryError {
  return new GranaryError('InvalidInput', message, { reason: 'InvalidArgument', field: ['rules', ...path] });
}

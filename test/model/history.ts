import type { BucketVersioning } from '../../src/operations/types.js';

/** A version as a reader sees it. Unknown is what nobody was told of. */
export interface SeenVersion {
  /** Null for a delete marker. */
  etag: string | null;
  rowId: number | undefined;
}

/** What one operation did to one key, if it did it. */
export type Effect =
  /** `etag` is undefined when the bytes of an unanswered copy are not known. */
  | { kind: 'put'; etag: string | undefined; rowId: number | undefined }
  /** Only where nothing was to be seen. */
  | { kind: 'put absent'; etag: string; rowId: number | undefined }
  | { kind: 'delete' }
  | { kind: 'delete version'; rowId: number }
  /** Nothing was to be seen (null), or an object with this tag. */
  | { kind: 'saw'; etag: string | null }
  /** An object with one of these tags was to be seen. */
  | { kind: 'saw one of'; etags: string[] }
  /** A refusal: something was to be seen. */
  | { kind: 'saw something' }
  /** All versions, the oldest first. */
  | { kind: 'listed'; versions: SeenVersion[] };

/** One operation on one key, and when it was under way. */
export interface Entry {
  effect: Effect;
  start: number;
  end: number;
  /** False when there was no answer: then it may or may not have been done. */
  answered: boolean;
}

type State = readonly SeenVersion[];

/**
 * Is there an order of the operations, each at one moment while it was under way, in which every answer is right?
 * https://doi.org/10.1145/78969.78972 (linearizability), searched as Wing and Gong do.
 */
export function isLinearizable(entries: readonly Entry[], versioning: BucketVersioning): boolean {
  const visited = new Set<string>();
  const search = (left: readonly Entry[], state: State): boolean => {
    const answered = left.filter((entry) => entry.answered);
    if (answered.length === 0) {
      return true;
    }
    const situation = `${left.map((entry) => entries.indexOf(entry))} ${JSON.stringify(state)}`;
    if (visited.has(situation)) {
      return false;
    }
    visited.add(situation);
    const firstEnd = Math.min(...answered.map((entry) => entry.end));
    // What was not answered ended by itself, too: it may have been done, but not later than its process died.
    return left.some((entry) => {
      if (entry.start > firstEnd) {
        return false;
      }
      const rest = left.filter((other) => other !== entry && (other.answered || other.end >= entry.start));
      const next = apply(state, entry.effect, versioning);
      return next !== undefined && search(rest, next);
    });
  };
  return search(entries, []);
}

/** The key after the effect; undefined when the effect cannot have been here. */
function apply(state: State, effect: Effect, versioning: BucketVersioning): State | undefined {
  const latest = state.at(-1)?.etag ?? null;
  const hasObject = state.length > 0 && latest !== null;
  switch (effect.kind) {
    case 'put':
      return push(state, { etag: effect.etag ?? unknownEtag, rowId: effect.rowId }, versioning);
    case 'put absent':
      return hasObject ? undefined : push(state, { etag: effect.etag, rowId: effect.rowId }, versioning);
    case 'delete':
      return versioning === 'UNVERSIONED' ? [] : push(state, { etag: null, rowId: undefined }, versioning);
    case 'delete version':
      return state.filter((version) => version.rowId !== effect.rowId);
    case 'saw':
      return matches(hasObject ? latest : null, effect.etag) ? state : undefined;
    case 'saw one of':
      return hasObject && effect.etags.some((etag) => matches(latest, etag)) ? state : undefined;
    case 'saw something':
      return hasObject ? state : undefined;
    case 'listed':
      return sameVersions(state, effect.versions) ? state : undefined;
    default:
      return effect satisfies never;
  }
}

const unknownEtag = '?';

function push(state: State, version: SeenVersion, versioning: BucketVersioning): State {
  return versioning === 'ENABLED' ? [...state, version] : [version];
}

function matches(etag: string | null, seen: string | null): boolean {
  return etag === seen || (etag === unknownEtag && seen !== null);
}

function sameVersions(state: State, seen: SeenVersion[]): boolean {
  return (
    state.length === seen.length &&
    state.every((version, at) => {
      const other = seen[at];
      return (
        other !== undefined &&
        matches(version.etag, other.etag) &&
        (version.rowId === undefined || version.rowId === other.rowId)
      );
    })
  );
}

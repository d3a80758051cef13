import type { Variables } from './condition-operators.js';
import { type Pattern, parsePattern } from './pattern.js';
import { malformed, plainString } from './policy-syntax.js';
import { matchesWildcard } from './wildcard.js';

export interface ResourceRule {
  /** Whose policy it is; a policy that is nobody's bucket's may name anything. */
  readonly bucket?: string;
  readonly variables: Variables;
}

/**
 * ARNs of what policies speak of: `arn:aws:s3:::bucket`, `arn:aws:s3:::bucket/key`, and
 * `arn:granary:<tenant>:<kind>/<name>` of all that S3 has no names for; `arn:aws:iam::<tenant>:role/<name>` of a role that
 * is assumed.
 */
const arn = /^arn:(?:aws:s3:::.|aws:iam::[^:]*:.|granary:[^:]*:.)/;

/** Reads one `Resource` or `NotResource`: the whole ARN, with wildcards and variables. */
export function parseResource(value: unknown, place: string, { bucket, variables }: ResourceRule): Pattern {
  const source = plainString(value, place);
  if (bucket === undefined) {
    if (source !== '*' && !arn.test(source)) {
      throw malformed(place, 'must be *, or begin with arn:aws:s3:::, arn:aws:iam::<tenant>: or arn:granary:<tenant>:');
    }
  } else {
    const own = `arn:aws:s3:::${bucket}`;
    if (!isOfBucket(source, bucket)) {
      throw malformed(place, `must be ${own} or begin with ${own}/`);
    }
  }
  return parsePattern(source, place, { wildcards: 'wildcards', variables });
}

/** Buckets have no region and no account in their ARNs, where a star stands for nothing as well. */
const bucketArn = /^arn:aws:s3:\*?:\*?:([^/]+)/;

/** Whether the resource speaks of this bucket, by its name or by a pattern that fits it. */
function isOfBucket(source: string, bucket: string): boolean {
  const name = bucketArn.exec(source)?.[1];
  return name !== undefined && matchesWildcard(name, bucket);
}

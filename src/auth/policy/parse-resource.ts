import type { Variables } from './condition-operators.js';
import { type Pattern, parsePattern } from './pattern.js';
import { malformed, plainString } from './policy-syntax.js';

export interface ResourceRule {
  /** Whose policy it is; a policy that is nobody's bucket's may name anything. */
  readonly bucket?: string;
  readonly variables: Variables;
}

/**
 * ARNs of what policies speak of: `arn:aws:s3:::bucket`, `arn:aws:s3:::bucket/key`, and
 * `arn:granary:<tenant>:<kind>/<name>` of all that S3 has no names for.
 */
const arn = /^arn:(?:aws:s3:::.|granary:[^:]*:.)/;

/** Reads one `Resource` or `NotResource`: the whole ARN, with wildcards and variables. */
export function parseResource(value: unknown, place: string, { bucket, variables }: ResourceRule): Pattern {
  const source = plainString(value, place);
  if (bucket === undefined) {
    if (source !== '*' && !arn.test(source)) {
      throw malformed(place, 'must be *, or begin with arn:aws:s3::: or arn:granary:<tenant>:');
    }
  } else {
    const own = `arn:aws:s3:::${bucket}`;
    if (source !== own && !source.startsWith(`${own}/`)) {
      throw malformed(place, `must be ${own} or begin with ${own}/`);
    }
  }
  return parsePattern(source, place, { wildcards: 'wildcards', variables });
}

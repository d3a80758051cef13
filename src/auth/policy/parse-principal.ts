import type { PrincipalPattern } from './policy.js';
import { malformed, oneOrMore, plainObject, plainString } from './policy-syntax.js';

const userArn = /^arn:aws:iam::([a-z0-9-]*):user\/([A-Za-z0-9._@+-]{1,64})$/;
const rootArn = /^arn:aws:iam::([a-z0-9-]*):root$/;
const canonicalId = /^[A-Za-z0-9-]{1,128}$/;

/** Reads the `Principal` of a statement: `*`, or an object with `AWS` and `CanonicalUser`. */
export function parsePrincipal(value: unknown, place: string): PrincipalPattern[] {
  if (value === undefined) {
    throw malformed(place, 'is missing');
  }
  if (value === '*') {
    return [{ kind: 'everyone' }];
  }
  const kinds = Object.entries(plainObject(value, place));
  if (kinds.length === 0) {
    throw malformed(place, 'must not be empty');
  }
  return kinds.flatMap(([kind, names]) => oneOrMore(names, `${place}.${kind}`, readerOf(kind, `${place}.${kind}`)));
}

function readerOf(kind: string, place: string): (value: unknown, place: string) => PrincipalPattern {
  switch (kind) {
    case 'AWS':
      return parseAwsPrincipal;
    case 'CanonicalUser':
      return parseCanonicalUser;
    case 'Federated':
    case 'Service':
      throw malformed(place, 'is not supported yet');
    default:
      throw malformed(place, 'is not known');
  }
}

function parseAwsPrincipal(value: unknown, place: string): PrincipalPattern {
  const name = plainString(value, place);
  if (name === '*') {
    return { kind: 'everyone' };
  }
  const user = userArn.exec(name);
  if (user?.[1] !== undefined && user[2] !== undefined) {
    return { kind: 'user', tenant: user[1] || null, username: user[2] };
  }
  const root = rootArn.exec(name);
  if (root?.[1] !== undefined) {
    return { kind: 'tenant', tenant: root[1] || null };
  }
  return parseCanonicalUser(value, place);
}

function parseCanonicalUser(value: unknown, place: string): PrincipalPattern {
  const id = plainString(value, place);
  if (!canonicalId.test(id)) {
    throw malformed(place, 'is neither *, an ARN of a user or a tenant, nor a canonical id');
  }
  return { kind: 'canonicalUser', canonicalId: id };
}

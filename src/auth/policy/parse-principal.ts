import type { Listed, PrincipalPattern } from './policy.js';
import { malformed, oneOrMore, plainObject, plainString } from './policy-syntax.js';

const tenantPart = '([a-z0-9-]*)';
const namePart = '([A-Za-z0-9._@+=,-]{1,64})';
const pathPart = '(/(?:[\\x21-\\x2e\\x30-\\x7e]+/)*)';
const userArn = new RegExp(`^arn:aws:iam::${tenantPart}:user${pathPart}([A-Za-z0-9._@+-]{1,64})$`);
const rootArn = new RegExp(`^arn:aws:iam::${tenantPart}:root$`);
const roleArn = new RegExp(`^arn:aws:iam::${tenantPart}:role${pathPart}${namePart}$`);
const sessionArn = new RegExp(`^arn:aws:sts::${tenantPart}:assumed-role/${namePart}/${namePart}$`);
const uniqueId = /^(?:AIDA|AROA)[A-Z2-7]{17}$/;
const canonicalId = /^[A-Za-z0-9-]{1,128}$/;

/** Reads `Principal` or `NotPrincipal` of a statement, of which exactly one must be there. */
export function parsePrincipals(statement: Record<string, unknown>, place: string): Listed<PrincipalPattern> {
  if (statement.NotPrincipal === undefined) {
    return { negated: false, patterns: parsePrincipal(statement.Principal, `${place}.Principal`) };
  }
  if (statement.Principal !== undefined) {
    throw malformed(`${place}.NotPrincipal`, 'must not stand beside Principal');
  }
  return { negated: true, patterns: parsePrincipal(statement.NotPrincipal, `${place}.NotPrincipal`) };
}

/** `*`, or an object of lists by the kind of principal. */
function parsePrincipal(value: unknown, place: string): PrincipalPattern[] {
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
      return parseFederated;
    case 'Service':
      return parseService;
    default:
      throw malformed(place, 'is not known');
  }
}

function parseAwsPrincipal(value: unknown, place: string): PrincipalPattern {
  const name = plainString(value, place);
  if (name === '*') {
    return { kind: 'everyone' };
  }
  if (uniqueId.test(name)) {
    return { kind: 'uniqueId', id: name };
  }
  return parseArn(name) ?? parseCanonicalUser(value, place);
}

function parseArn(name: string): PrincipalPattern | undefined {
  const [, root] = rootArn.exec(name) ?? [];
  if (root !== undefined) {
    return { kind: 'tenant', tenant: root || null };
  }
  const [, userTenant = '', userPath = '/', username] = userArn.exec(name) ?? [];
  if (username !== undefined) {
    return { kind: 'user', tenant: userTenant || null, path: userPath, username };
  }
  const [, roleTenant = '', rolePath = '/', role] = roleArn.exec(name) ?? [];
  if (role !== undefined) {
    return { kind: 'role', tenant: roleTenant || null, path: rolePath, role };
  }
  const [, tenant = '', assumed, session] = sessionArn.exec(name) ?? [];
  return assumed === undefined || session === undefined
    ? undefined
    : { kind: 'session', tenant: tenant || null, role: assumed, session };
}

function parseCanonicalUser(value: unknown, place: string): PrincipalPattern {
  const id = plainString(value, place);
  if (!canonicalId.test(id)) {
    throw malformed(place, 'is neither *, an ARN of a tenant, a user, a role or its session, nor one of their ids');
  }
  return { kind: 'canonicalUser', canonicalId: id };
}

function parseService(value: unknown, place: string): PrincipalPattern {
  return { kind: 'service', service: plainString(value, place) };
}

/** A provider by its issuer's address, or by the ARN that AWS makes of it. */
function parseFederated(value: unknown, place: string): PrincipalPattern {
  const provider = plainString(value, place).replace(/^arn:aws:iam::[^:]*:oidc-provider\//, '');
  return { kind: 'federated', provider: providerName(provider) };
}

/** What policies call a provider: its issuer's address without the scheme. */
export function providerName(issuer: string): string {
  return issuer.replace(/^https?:\/\//, '').replace(/\/$/, '');
}

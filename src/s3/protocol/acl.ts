import {
  type Acl,
  type AclGroup,
  aclGroups,
  type Grant,
  type Grantee,
  type Permission,
  permissions,
} from '../../auth/acl/acl.js';
import { cannedAcls } from '../../auth/acl/canned-acl.js';
import { isGranaryError } from '../../errors.js';
import type { AskedAcl, AskedGrant, AskedGrantee } from '../../operations/access/asked-acl.js';
import type { RequestHeaders } from './request-headers.js';
import { s3Error } from './s3-error.js';
import { parseXml, type XmlElement } from './xml-reader.js';
import { element, s3Document, Xml } from './xml-writer.js';

/** In the order in which the grants stand in the list. */
const grantHeaders: readonly [header: string, permission: Permission][] = [
  ['x-amz-grant-read', 'READ'],
  ['x-amz-grant-write', 'WRITE'],
  ['x-amz-grant-read-acp', 'READ_ACP'],
  ['x-amz-grant-write-acp', 'WRITE_ACP'],
  ['x-amz-grant-full-control', 'FULL_CONTROL'],
];

const groupUris: Record<AclGroup, string> = {
  AllUsers: 'http://acs.amazonaws.com/groups/global/AllUsers',
  AuthenticatedUsers: 'http://acs.amazonaws.com/groups/global/AuthenticatedUsers',
  LogDelivery: 'http://acs.amazonaws.com/groups/s3/LogDelivery',
};

/** True when the headers ask for a list, whatever it is. */
export function asksForAcl({ values }: RequestHeaders): boolean {
  return values['x-amz-acl'] !== undefined || grantHeaders.some(([header]) => values[header] !== undefined);
}

/** The list that a request's headers ask for; undefined when they ask for none. */
export function readAcl({ values }: RequestHeaders): AskedAcl | undefined {
  const canned = values['x-amz-acl'];
  if (canned !== undefined && grantHeaders.some(([header]) => values[header] !== undefined)) {
    throw s3Error('InvalidRequest', 'Specifying both Canned ACLs and Header Grants is not allowed');
  }
  const grants = grantHeaders.flatMap(([header, permission]) => {
    const value = values[header];
    return value === undefined ? [] : parseGrantees(value, header).map((grantee) => ({ grantee, permission }));
  });
  if (canned === undefined) {
    return grants.length === 0 ? undefined : { grants };
  }
  const known = cannedAcls.find((name) => name === canned);
  if (known === undefined) {
    throw s3Error('InvalidArgument', undefined, { ArgumentName: 'x-amz-acl', ArgumentValue: canned });
  }
  return { canned: known };
}

/** The body of PutBucketAcl and PutObjectAcl. */
export function parseAcl(body: Buffer): AskedAcl {
  const root = parseDocument(body);
  const [list, ...more] = root.children('AccessControlList');
  const owner = root.children('Owner')[0]?.text('ID')?.trim();
  if (list === undefined || more.length > 0 || owner === undefined || owner === '') {
    throw s3Error('MalformedACLError');
  }
  return { owner, grants: list.children('Grant').map(parseGrant) };
}

/**
 * The answer to GetBucketAcl and GetObjectAcl. Their order means nothing; there are clients that take for granted that
 * grants to groups come first, and that the owner's follows those of a canned list.
 */
export function formatAcl({ owner, grants }: Acl): string {
  const inOrder = (['group', 'user'] as const).flatMap((kind) => grants.filter(({ grantee }) => grantee.kind === kind));
  return s3Document('AccessControlPolicy', [
    element('Owner', [element('ID', owner.canonicalId), element('DisplayName', owner.displayName)]),
    element('AccessControlList', inOrder.map(grantElement)),
  ]);
}

/** One grant, as lists and configurations have it. */
export function grantElement({ grantee, permission }: Grant): Xml | undefined {
  return element('Grant', [granteeElement(grantee), element('Permission', permission)]);
}

function parseDocument(body: Buffer): XmlElement {
  try {
    return parseXml(body, 'AccessControlPolicy');
  } catch (error) {
    throw isGranaryError(error) ? s3Error('MalformedACLError') : error;
  }
}

/** The grant of {@link grantElement}. */
export function parseGrant(grant: XmlElement): AskedGrant {
  const [grantee] = grant.children('Grantee');
  const name = grant.text('Permission')?.trim();
  const permission = permissions.find((known) => known === name);
  if (grantee === undefined || permission === undefined) {
    throw s3Error('MalformedACLError');
  }
  return { grantee: parseGrantee(grantee), permission };
}

function parseGrantee(grantee: XmlElement): AskedGrantee {
  const id = grantee.text('ID')?.trim();
  const email = grantee.text('EmailAddress')?.trim();
  const uri = grantee.text('URI')?.trim();
  if (uri) {
    return { group: groupOf(uri, 'Group/URI') };
  }
  if (email) {
    return { email };
  }
  if (id) {
    return { canonicalId: id };
  }
  throw s3Error('MalformedACLError');
}

/** `id="…", emailAddress="…", uri="…"`, with or without quotes. */
function parseGrantees(value: string, header: string): AskedGrantee[] {
  return value.split(',').map((piece) => {
    const [, type = '', quoted, plain] = /^\s*([A-Za-z]+)\s*=\s*(?:"([^"]*)"|([^"\s]*))\s*$/.exec(piece) ?? [];
    const name = quoted ?? plain ?? '';
    switch (type.toLowerCase()) {
      case 'id':
        return { canonicalId: name };
      case 'emailaddress':
        return { email: name };
      case 'uri':
        return { group: groupOf(name, header) };
      default:
        throw s3Error('InvalidArgument', 'Argument format not recognized', {
          ArgumentName: header,
          ArgumentValue: value,
        });
    }
  });
}

function groupOf(uri: string, where: string): AclGroup {
  const group = aclGroups.find((known) => groupUris[known] === uri);
  if (group === undefined) {
    throw s3Error('InvalidArgument', 'Invalid group uri', { ArgumentName: where, ArgumentValue: uri });
  }
  return group;
}

function granteeElement(grantee: Grantee): Xml {
  const [type, children] =
    grantee.kind === 'group'
      ? ['Group', [element('URI', groupUris[grantee.group])]]
      : ['CanonicalUser', [element('ID', grantee.canonicalId), element('DisplayName', grantee.displayName)]];
  const content = children.map((child) => child?.text ?? '').join('');
  return new Xml(
    `<Grantee xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="${type}">${content}</Grantee>`,
  );
}

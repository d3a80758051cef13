import { registerEnumType } from 'type-graphql';

/** How the connections to a directory are protected. */
export const DirectoryTransport = { TLS: 'TLS', CLEARTEXT: 'CLEARTEXT' } as const;
export type DirectoryTransport = (typeof DirectoryTransport)[keyof typeof DirectoryTransport];

registerEnumType(DirectoryTransport, {
  name: 'DirectoryTransport',
  description: 'How the connections to a directory are protected.',
  valuesConfig: {
    TLS: { description: 'By TLS: `ldaps://` servers from the first byte on, `ldap://` servers by StartTLS.' },
    CLEARTEXT: { description: 'Not at all: passwords can be read on the way. Only with `ldap://` servers.' },
  },
});

/** How a directory is told who signs in. */
export const DirectoryBindMode = { SEARCH: 'SEARCH', DIRECT: 'DIRECT' } as const;
export type DirectoryBindMode = (typeof DirectoryBindMode)[keyof typeof DirectoryBindMode];

registerEnumType(DirectoryBindMode, {
  name: 'DirectoryBindMode',
  description: 'How a directory is told who signs in.',
  valuesConfig: {
    SEARCH: { description: "The user's entry is searched for, then the password is tried with its name." },
    DIRECT: { description: 'The password is tried with a name that is made of the username by a template.' },
  },
});

/** Where a directory keeps who is in which group. */
export const DirectoryGroupLookup = {
  NONE: 'NONE',
  MEMBER_OF: 'MEMBER_OF',
  MEMBER: 'MEMBER',
  POSIX: 'POSIX',
} as const;
export type DirectoryGroupLookup = (typeof DirectoryGroupLookup)[keyof typeof DirectoryGroupLookup];

registerEnumType(DirectoryGroupLookup, {
  name: 'DirectoryGroupLookup',
  description: 'Where a directory keeps who is in which group.',
  valuesConfig: {
    NONE: { description: 'Groups are not looked up.' },
    MEMBER_OF: { description: 'In `memberOf` of the user.' },
    MEMBER: { description: 'In `member` or `uniqueMember` of the group: groupOfNames, groupOfUniqueNames.' },
    POSIX: { description: 'In `memberUid` of the group, and `gidNumber` for the primary one: posixGroup.' },
  },
});

/** How groups in groups are found. */
export const DirectoryNesting = { NONE: 'NONE', WALK: 'WALK', IN_CHAIN: 'IN_CHAIN' } as const;
export type DirectoryNesting = (typeof DirectoryNesting)[keyof typeof DirectoryNesting];

registerEnumType(DirectoryNesting, {
  name: 'DirectoryNesting',
  description: 'How groups in groups are found.',
  valuesConfig: {
    NONE: { description: 'They are not.' },
    WALK: { description: 'One level after the other.' },
    IN_CHAIN: { description: 'By the matching rule of Active Directory, in one search.' },
  },
});

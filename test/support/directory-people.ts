/** People and groups of an example directory, in LDIF, below this name. Each password is `<uid>-password`. */
export function people(baseDn: string): string {
  const person = (uid: string, more = ''): string =>
    `dn: uid=${uid},ou=people,${baseDn}
objectClass: inetOrgPerson
objectClass: posixAccount
uid: ${uid}
cn: ${uid[0]?.toUpperCase()}${uid.slice(1)} Example
sn: Example
mail: ${uid}@example.com
uidNumber: 1000
gidNumber: 2000
homeDirectory: /home/${uid}
userPassword: ${uid}-password
${more}
`;
  const group = (cn: string, ...members: string[]): string =>
    `dn: cn=${cn},ou=groups,${baseDn}\nobjectClass: groupOfNames\ncn: ${cn}\n${members
      .map((member) => `member: ${member},${baseDn}\n`)
      .join('')}\n`;
  const posixGroup = (cn: string, gid: number, ...uids: string[]): string =>
    `dn: cn=${cn},ou=posix,${baseDn}\nobjectClass: posixGroup\ncn: ${cn}\ngidNumber: ${gid}\n${uids
      .map((uid) => `memberUid: ${uid}\n`)
      .join('')}\n`;
  const unit = (ou: string): string => `dn: ou=${ou},${baseDn}\nobjectClass: organizationalUnit\nou: ${ou}\n\n`;
  const service = `dn: cn=reader,${baseDn}
objectClass: organizationalRole
objectClass: simpleSecurityObject
cn: reader
userPassword: reader-password

`;
  return [
    ...[unit('people'), unit('groups'), unit('posix'), service],
    ...['ann', 'bob', 'carol', 'dave'].map((uid) => person(uid)),
    person('locked', 'pwdAccountLockedTime: 000001010000Z\n'),
    // Ann is in editors, which is in staff, which is in everyone, which is in staff again.
    group('editors', 'uid=ann,ou=people'),
    group('staff', 'cn=editors,ou=groups', 'uid=bob,ou=people'),
    group('everyone', 'cn=staff,ou=groups'),
    `dn: cn=staff,ou=groups,${baseDn}\nchangetype: modify\nadd: member\nmember: cn=everyone,ou=groups,${baseDn}\n\n`,
    group('administrators', 'uid=carol,ou=people'),
    `dn: cn=unique,ou=groups,${baseDn}\nobjectClass: groupOfUniqueNames\ncn: unique\nuniqueMember: uid=bob,ou=people,${baseDn}\n\n`,
    ...[posixGroup('developers', 2000), posixGroup('operators', 2001, 'bob', 'dave')],
  ].join('');
}

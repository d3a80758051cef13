import { Field, InputType, Int } from 'type-graphql';
import {
  DirectoryBindMode,
  DirectoryGroupLookup,
  DirectoryNesting,
  DirectoryTransport,
} from '../entities/directory-enums.js';
import { Role } from '../entities/enums.js';
import { DirectoryMappingInput } from './ldap-types.js';

/** Every setting of a directory but its name. */
@InputType('LdapDirectorySettingsInput', {
  description: 'How a directory is reached and asked. What is left out is as usual in OpenLDAP, or stays as it is.',
})
export class LdapDirectorySettingsInput {
  @Field(() => Boolean, { nullable: true, description: 'Whether its users can sign in; true by default.' })
  enabled?: boolean | null;

  @Field(() => Int, { nullable: true, description: 'The lower one is asked first for unknown users; 100 by default.' })
  priority?: number | null;

  @Field(() => [String], {
    nullable: true,
    description: '`ldaps://host:port` or `ldap://host:port`, in the order in which they are tried.',
  })
  urls?: string[] | null;

  @Field(() => DirectoryTransport, { nullable: true, description: 'TLS by default.' })
  transport?: DirectoryTransport | null;

  @Field(() => String, { nullable: true, description: 'Authorities in PEM form; those that Node.js knows by default.' })
  caCertificates?: string | null;

  @Field(() => String, { nullable: true, description: 'The name in the certificates; the one in the URL by default.' })
  serverName?: string | null;

  @Field(() => DirectoryBindMode, { nullable: true, description: 'SEARCH by default.' })
  bindMode?: DirectoryBindMode | null;

  @Field(() => String, { nullable: true, description: 'The account that searches; by default searches are anonymous.' })
  bindDn?: string | null;

  @Field(() => String, { nullable: true, description: 'Its password. Sealed, and never shown.' })
  bindPassword?: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'For direct binds: `uid={username},ou=people,dc=example,dc=com`, or `{username}@example.com`.',
  })
  userDnTemplate?: string | null;

  @Field(() => String, { nullable: true, description: 'Where users are searched, and below.' })
  baseDn?: string | null;

  @Field(() => String, { nullable: true, description: '`(uid={username})` by default.' })
  userFilter?: string | null;

  @Field(() => String, { nullable: true, description: '`uid` by default.' })
  usernameAttribute?: string | null;

  @Field(() => String, { nullable: true, description: '`cn` by default.' })
  displayNameAttribute?: string | null;

  @Field(() => String, { nullable: true, description: '`mail` by default.' })
  emailAttribute?: string | null;

  @Field(() => String, { nullable: true, description: '`entryUUID` by default; `objectGUID` in Active Directory.' })
  uniqueIdAttribute?: string | null;

  @Field(() => DirectoryGroupLookup, { nullable: true, description: 'MEMBER by default.' })
  groupLookup?: DirectoryGroupLookup | null;

  @Field(() => DirectoryNesting, { nullable: true, description: 'WALK by default.' })
  nesting?: DirectoryNesting | null;

  @Field(() => String, { nullable: true, description: 'Where groups are; `baseDn` by default.' })
  groupBaseDn?: string | null;

  @Field(() => String, { nullable: true, description: '`(objectClass=*)` by default.' })
  groupFilter?: string | null;

  @Field(() => Int, { nullable: true, description: 'Milliseconds for connecting, and again for TLS; 5000 by default.' })
  connectTimeoutMs?: number | null;

  @Field(() => Int, { nullable: true, description: 'Milliseconds for each answer; 10000 by default.' })
  operationTimeoutMs?: number | null;

  @Field(() => Int, { nullable: true, description: 'Most connections of one process for searches; 4 by default.' })
  poolSize?: number | null;

  @Field(() => [DirectoryMappingInput], {
    nullable: true,
    description: 'What its groups mean here; nothing by default.',
  })
  mappings?: DirectoryMappingInput[] | null;

  @Field(() => Role, {
    nullable: true,
    description: 'The role of whom no mapping gives one; without it they stay out.',
  })
  defaultRole?: Role | null;
}

@InputType('CreateLdapDirectoryInput', { description: 'The directory to create; `urls` and `baseDn` are required.' })
export class CreateLdapDirectoryInput extends LdapDirectorySettingsInput {
  @Field(() => String, { description: 'The name, unique in the installation: lower-case letters, digits and -' })
  name!: string;

  @Field(() => String, { nullable: true, description: 'The tenant whose users it has; left out, its groups say so.' })
  tenant?: string | null;
}

@InputType('UpdateLdapDirectoryInput', {
  description: 'What to change of a directory. What is left out stays; null brings the default back.',
})
export class UpdateLdapDirectoryInput extends LdapDirectorySettingsInput {
  @Field(() => String, { description: 'The name of the directory.' })
  name!: string;
}

@InputType('DeleteLdapDirectoryInput', { description: 'The directory to delete.' })
export class DeleteLdapDirectoryInput {
  @Field(() => String, { description: 'The name of the directory.' })
  name!: string;
}

@InputType('TestLdapInput', { description: 'The directory to try, and whose sign-in.' })
export class TestLdapInput {
  @Field(() => String, { nullable: true, description: 'A directory that is there.' })
  name?: string | null;

  @Field(() => LdapDirectorySettingsInput, {
    nullable: true,
    description: 'Settings to try that are not kept: all of them, or with `name` those that differ.',
  })
  settings?: LdapDirectorySettingsInput | null;

  @Field(() => String, { nullable: true, description: 'The tenant whose users a directory would have without `name`.' })
  tenant?: string | null;

  @Field(() => String, { nullable: true, description: 'Whose sign-in to try; without it only servers are tried.' })
  username?: string | null;

  @Field(() => String, { nullable: true, description: 'The password of that user; without it the bind is left out.' })
  password?: string | null;
}

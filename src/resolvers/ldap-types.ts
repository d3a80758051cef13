import { GraphQLDateTime } from 'graphql-scalars';
import { Field, ID, InputType, Int, ObjectType, registerEnumType } from 'type-graphql';
import type { LdapStep as TriedStep } from '../auth/ldap/try-directory.js';
import {
  DirectoryBindMode,
  DirectoryGroupLookup,
  DirectoryNesting,
  DirectoryTransport,
} from '../entities/directory-enums.js';
import { Role } from '../entities/enums.js';
import { Payload } from './user-error.js';

@ObjectType('DirectoryMapping', { description: 'What members of a group of a directory get here.' })
export class DirectoryMappingType {
  @Field(() => String, {
    description: 'The DN of the group, or what its CN is compared with; `*` stands for anything.',
  })
  group!: string;

  @Field(() => String, { nullable: true, description: 'The tenant, in a directory of no tenant; null for `default`.' })
  tenant!: string | null;

  @Field(() => Role, { nullable: true, description: 'The role; of several the highest counts.' })
  role!: Role | null;

  @Field(() => [String], { description: 'The groups of the tenant, by name.' })
  groups!: string[];

  @Field(() => [String], { description: 'The policies of the tenant, by name.' })
  policies!: string[];
}

@ObjectType('LdapDirectory', { description: 'An LDAP directory or Active Directory whose users sign in here.' })
export class LdapDirectoryType {
  @Field(() => ID, { description: 'Stays whatever is changed.' })
  id!: string;

  @Field(() => String, { description: 'The name, unique in the installation.' })
  name!: string;

  @Field(() => String, { nullable: true, description: 'The tenant whose users it has; null when its groups say so.' })
  tenant!: string | null;

  @Field(() => Boolean, { description: 'Whether its users can sign in.' })
  enabled!: boolean;

  @Field(() => Int, { description: 'The lower one is asked first for users who are not known yet.' })
  priority!: number;

  @Field(() => [String], { description: 'The servers, in the order in which they are tried.' })
  urls!: string[];

  @Field(() => DirectoryTransport, { description: 'How the connections are protected.' })
  transport!: DirectoryTransport;

  @Field(() => String, { nullable: true, description: 'Who vouches for the servers, in PEM form; null for the usual.' })
  caCertificates!: string | null;

  @Field(() => String, { nullable: true, description: 'The name in the certificates; null for the one in the URL.' })
  serverName!: string | null;

  @Field(() => DirectoryBindMode, { description: 'How the directory is told who signs in.' })
  bindMode!: DirectoryBindMode;

  @Field(() => String, { nullable: true, description: 'The account that searches; its password is never shown.' })
  bindDn!: string | null;

  @Field(() => String, { nullable: true, description: 'The name for direct binds, with `{username}`.' })
  userDnTemplate!: string | null;

  @Field(() => String, { description: 'Where users are searched, and below.' })
  baseDn!: string;

  @Field(() => String, { description: 'The filter that finds a user, with `{username}`.' })
  userFilter!: string;

  @Field(() => String, { description: 'The attribute that has the username.' })
  usernameAttribute!: string;

  @Field(() => String, { description: 'The attribute that has the name to show.' })
  displayNameAttribute!: string;

  @Field(() => String, { description: 'The attribute that has the e-mail address.' })
  emailAttribute!: string;

  @Field(() => String, { description: 'The attribute that never changes.' })
  uniqueIdAttribute!: string;

  @Field(() => DirectoryGroupLookup, { description: 'Where it keeps who is in which group.' })
  groupLookup!: DirectoryGroupLookup;

  @Field(() => DirectoryNesting, { description: 'How groups in groups are found.' })
  nesting!: DirectoryNesting;

  @Field(() => String, { nullable: true, description: 'Where groups are; null for `baseDn`.' })
  groupBaseDn!: string | null;

  @Field(() => String, { description: 'The filter for entries that are groups.' })
  groupFilter!: string;

  @Field(() => Int, { description: 'Milliseconds for connecting, and again for TLS.' })
  connectTimeoutMs!: number;

  @Field(() => Int, { description: 'Milliseconds for each answer.' })
  operationTimeoutMs!: number;

  @Field(() => Int, { description: 'Most connections of one process for searches.' })
  poolSize!: number;

  @Field(() => [DirectoryMappingType], { description: 'What its groups mean here.' })
  mappings!: DirectoryMappingType[];

  @Field(() => Role, { nullable: true, description: 'The role of whom no mapping gives one; null lets them not in.' })
  defaultRole!: Role | null;

  @Field(() => GraphQLDateTime, { description: 'When it was created.' })
  createdAt!: Date;

  @Field(() => GraphQLDateTime, { description: 'When it was changed last.' })
  updatedAt!: Date;
}

/** What a sign-in does at a directory. */
export const LdapStep = {
  CONNECT: 'CONNECT',
  TLS: 'TLS',
  BIND: 'BIND',
  SEARCH_USER: 'SEARCH_USER',
  BIND_USER: 'BIND_USER',
  GROUPS: 'GROUPS',
  MAPPING: 'MAPPING',
} as const satisfies { [step in TriedStep]: step };

registerEnumType(LdapStep, {
  name: 'LdapStep',
  description: 'What a sign-in does at a directory. Which of these, and in which order, hangs on the settings.',
  valuesConfig: {
    CONNECT: { description: 'A server is reached.' },
    TLS: { description: 'The connection is protected as the settings want it.' },
    BIND: { description: 'The account that searches is let in.' },
    SEARCH_USER: { description: 'The entry of the user is found.' },
    BIND_USER: { description: 'The password of the user is right.' },
    GROUPS: { description: 'The groups that the user is in are found.' },
    MAPPING: { description: 'The mappings say what the user is here.' },
  },
});

@ObjectType('LdapTestStep', { description: 'One thing that a sign-in does, tried.' })
export class LdapTestStepType {
  @Field(() => LdapStep, { description: 'What was tried.' })
  step!: TriedStep;

  @Field(() => String, { nullable: true, description: 'The server, for steps that are done with each of them.' })
  server!: string | null;

  @Field(() => Boolean, { description: 'Whether it went well.' })
  ok!: boolean;

  @Field(() => String, { description: 'What was found, or what is wrong.' })
  message!: string;

  @Field(() => Int, { description: 'How long it took.' })
  durationMs!: number;
}

@ObjectType('LdapTestUser', { description: "What a user's entry says." })
export class LdapTestUserType {
  @Field(() => String, { description: 'The name of the entry.' })
  dn!: string;

  @Field(() => String, { description: 'The username.' })
  username!: string;

  @Field(() => String, { nullable: true, description: 'The name to show.' })
  displayName?: string | null;

  @Field(() => String, { nullable: true, description: 'The e-mail address.' })
  email?: string | null;

  @Field(() => String, { description: 'What it is known again by.' })
  externalId!: string;
}

@ObjectType('LdapTestAccess', { description: 'What a user of a directory would be in one tenant.' })
export class LdapTestAccessType {
  @Field(() => String, { description: 'The tenant.' })
  tenant!: string;

  @Field(() => Role, { description: 'The role.' })
  role!: Role;

  @Field(() => [String], { description: 'The groups.' })
  groups!: readonly string[];

  @Field(() => [String], { description: 'The policies.' })
  policies!: readonly string[];
}

@ObjectType('CreateLdapDirectoryPayload', { description: 'What came of creating a directory.' })
export class CreateLdapDirectoryPayload extends Payload {
  @Field(() => LdapDirectoryType, { nullable: true, description: 'The new one; null when `userErrors` says why not.' })
  directory?: LdapDirectoryType | null;
}

@ObjectType('UpdateLdapDirectoryPayload', { description: 'What came of changing a directory.' })
export class UpdateLdapDirectoryPayload extends Payload {
  @Field(() => LdapDirectoryType, { nullable: true, description: 'It; null when `userErrors` says why not.' })
  directory?: LdapDirectoryType | null;
}

@ObjectType('DeleteLdapDirectoryPayload', { description: 'What came of deleting a directory.' })
export class DeleteLdapDirectoryPayload extends Payload {
  @Field(() => Int, { nullable: true, description: 'How many users it had, who are disabled now.' })
  users?: number | null;
}

@ObjectType('TestLdapPayload', { description: 'What came of trying a directory.' })
export class TestLdapPayload extends Payload {
  @Field(() => Boolean, { nullable: true, description: 'Whether every step went well that was tried.' })
  ok?: boolean | null;

  @Field(() => [LdapTestStepType], {
    nullable: true,
    description: 'The steps in their order. After one that failed, those that need it are not tried.',
  })
  steps?: LdapTestStepType[] | null;

  @Field(() => LdapTestUserType, { nullable: true, description: 'The user, when one was looked for and found.' })
  user?: LdapTestUserType | null;

  @Field(() => [String], { nullable: true, description: 'The groups of the directory that the user is in, by DN.' })
  groups?: string[] | null;

  @Field(() => [LdapTestAccessType], { nullable: true, description: 'What the user would be here.' })
  access?: LdapTestAccessType[] | null;
}

@InputType('DirectoryMappingInput', { description: 'What members of a group of a directory get here.' })
export class DirectoryMappingInput {
  @Field(() => String, {
    description: 'The DN of the group, or what its CN is compared with; `*` stands for anything.',
  })
  group!: string;

  @Field(() => String, {
    nullable: true,
    description: 'The tenant, in a directory of no tenant; `default` by default.',
  })
  tenant?: string | null;

  @Field(() => Role, { nullable: true, description: 'The role; of several the highest counts.' })
  role?: Role | null;

  @Field(() => [String], { nullable: true, description: 'Groups of the tenant, by name; none by default.' })
  groups?: string[] | null;

  @Field(() => [String], { nullable: true, description: 'Policies of the tenant, by name; none by default.' })
  policies?: string[] | null;
}

import { Arg, Args, Ctx, Mutation, Query, Resolver } from 'type-graphql';
import { createLdapDirectory } from '../operations/directories/create-ldap-directory.js';
import { deleteLdapDirectory } from '../operations/directories/delete-ldap-directory.js';
import type { LdapDirectoryInfo } from '../operations/directories/ldap-directory-rows.js';
import {
  countLdapDirectories,
  getLdapDirectory,
  listLdapDirectories,
} from '../operations/directories/list-ldap-directories.js';
import { testLdap } from '../operations/directories/test-ldap.js';
import { updateLdapDirectory } from '../operations/directories/update-ldap-directory.js';
import { type Counted, countedConnectionTypes, PageArgs, pageRequest, toConnection } from './connection.js';
import type { GraphqlContext } from './context.js';
import { optional } from './input.js';
import {
  CreateLdapDirectoryInput,
  DeleteLdapDirectoryInput,
  TestLdapInput,
  UpdateLdapDirectoryInput,
} from './ldap-inputs.js';
import { readLdapSettings } from './ldap-settings.js';
import {
  CreateLdapDirectoryPayload,
  DeleteLdapDirectoryPayload,
  LdapDirectoryType,
  TestLdapPayload,
  UpdateLdapDirectoryPayload,
} from './ldap-types.js';
import { orNull } from './nullable.js';
import { answer } from './user-error.js';

export const LdapDirectoryConnection = countedConnectionTypes<LdapDirectoryType>('LdapDirectory', {
  type: () => LdapDirectoryType,
  noun: 'directories',
});

@Resolver(() => LdapDirectoryType)
export class LdapDirectoryResolver {
  @Query(() => LdapDirectoryConnection, { description: 'The LDAP directories by name; for global administrators.' })
  async ldapDirectories(
    @Ctx() context: GraphqlContext,
    @Args(() => PageArgs) page: PageArgs,
  ): Promise<Counted<LdapDirectoryType>> {
    const list = 'ldapDirectories';
    const request = pageRequest(page, list);
    const { directories, truncated } = await listLdapDirectories(context.request, request);
    const connection = toConnection({ request, truncated, list }, directories.map(show), ({ name }) => name);
    return { ...connection, count: () => countLdapDirectories(context.request) };
  }

  @Query(() => LdapDirectoryType, { nullable: true, description: 'One LDAP directory; for global administrators.' })
  async ldapDirectory(
    @Ctx() context: GraphqlContext,
    @Arg('name', () => String, { description: 'The name of the directory.' }) name: string,
  ): Promise<LdapDirectoryType | null> {
    const found = await orNull(getLdapDirectory(context.request, name));
    return found === null ? null : show(found);
  }

  @Mutation(() => CreateLdapDirectoryPayload, {
    description: 'Adds an LDAP directory whose users can sign in; for global administrators.',
  })
  createLdapDirectory(
    @Ctx() context: GraphqlContext,
    @Arg('input', () => CreateLdapDirectoryInput, { description: 'The directory.' }) input: CreateLdapDirectoryInput,
  ): Promise<CreateLdapDirectoryPayload> {
    return answer(async () => {
      const { urls = [], baseDn = '', ...fields } = readLdapSettings(input);
      const made = { ...fields, urls, baseDn, name: input.name, tenant: optional(input.tenant) };
      return { directory: show(await createLdapDirectory(context.request, made)) };
    });
  }

  @Mutation(() => UpdateLdapDirectoryPayload, { description: 'Changes an LDAP directory; for global administrators.' })
  updateLdapDirectory(
    @Ctx() context: GraphqlContext,
    @Arg('input', () => UpdateLdapDirectoryInput, { description: 'What to change.' }) input: UpdateLdapDirectoryInput,
  ): Promise<UpdateLdapDirectoryPayload> {
    return answer(async () => {
      const change = { ...readLdapSettings(input), name: input.name };
      return { directory: show(await updateLdapDirectory(context.request, change)) };
    });
  }

  @Mutation(() => DeleteLdapDirectoryPayload, {
    description: 'Removes an LDAP directory and disables its users; for global administrators.',
  })
  deleteLdapDirectory(
    @Ctx() context: GraphqlContext,
    @Arg('input', () => DeleteLdapDirectoryInput, { description: 'The directory.' })
    { name }: DeleteLdapDirectoryInput,
  ): Promise<DeleteLdapDirectoryPayload> {
    return answer(async () => ({ users: await deleteLdapDirectory(context.request, { name }) }));
  }

  @Mutation(() => TestLdapPayload, {
    description: 'Tries an LDAP directory step by step and says which fails; for global administrators.',
  })
  testLdap(
    @Ctx() context: GraphqlContext,
    @Arg('input', () => TestLdapInput, { description: 'What to try.' }) input: TestLdapInput,
  ): Promise<TestLdapPayload> {
    return answer(async () => {
      const username = optional(input.username);
      const result = await testLdap(context.request, {
        name: optional(input.name),
        tenant: optional(input.tenant),
        settings: input.settings ? readLdapSettings(input.settings) : undefined,
        user: username === undefined ? undefined : { username, password: optional(input.password) },
      });
      return { ...result, groups: result.groups.map(({ dn }) => dn) };
    });
  }
}

function show({ settings, ...directory }: LdapDirectoryInfo): LdapDirectoryType {
  const { attributes, mappings, urls, ...rest } = settings;
  return {
    ...directory,
    ...rest,
    urls: [...urls],
    usernameAttribute: attributes.username,
    displayNameAttribute: attributes.displayName,
    emailAttribute: attributes.email,
    uniqueIdAttribute: attributes.uniqueId,
    mappings: mappings.map(({ group, tenant, role, groups, policies }) => ({
      ...{ group, tenant: tenant ?? null, role: role ?? null, groups: [...groups], policies: [...policies] },
    })),
  };
}

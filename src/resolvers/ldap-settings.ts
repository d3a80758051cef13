import type { DirectoryAttributes, GroupMapping } from '../auth/ldap/ldap-settings.js';
import type { LdapDirectoryFields } from '../operations/directories/create-ldap-directory.js';
import { type DirectorySettings, defaultDirectorySettings } from '../operations/directories/ldap-directory-settings.js';
import { optional } from './input.js';
import type { LdapDirectorySettingsInput } from './ldap-inputs.js';
import type { DirectoryMappingInput } from './ldap-types.js';

type PlainField = Exclude<keyof typeof defaultDirectorySettings, 'attributes' | 'mappings'>;

const plainFields = Object.keys(defaultDirectorySettings).filter(
  (field): field is PlainField => field !== 'attributes' && field !== 'mappings',
);
const attributeFields = {
  username: 'usernameAttribute',
  displayName: 'displayNameAttribute',
  email: 'emailAttribute',
  uniqueId: 'uniqueIdAttribute',
} as const satisfies Record<keyof DirectoryAttributes, keyof LdapDirectorySettingsInput>;

/** The settings that an input gives. What is left out is not given; null brings the default back. */
export function readLdapSettings(input: LdapDirectorySettingsInput): LdapDirectoryFields {
  const plain = plainFields.flatMap((field) =>
    input[field] === undefined ? [] : [[field, input[field] ?? defaultDirectorySettings[field]]],
  );
  const { mappings, enabled, priority, bindPassword, urls, baseDn } = input;
  return {
    ...(Object.fromEntries(plain) as Partial<DirectorySettings>),
    ...(mappings === undefined ? {} : { mappings: (mappings ?? []).map(readMapping) }),
    ...present({ urls, baseDn }),
    ...present({ enabled, priority, bindPassword }),
    attributes: readAttributes(input),
  };
}

function readAttributes(input: LdapDirectorySettingsInput): Partial<DirectoryAttributes> {
  const given = Object.entries(attributeFields).flatMap(([name, field]) => {
    const usual = defaultDirectorySettings.attributes[name as keyof DirectoryAttributes];
    return input[field] === undefined ? [] : [[name, input[field] ?? usual]];
  });
  return Object.fromEntries(given) as Partial<DirectoryAttributes>;
}

function readMapping({ group, tenant, role, groups, policies }: DirectoryMappingInput): GroupMapping {
  return {
    ...{ group, groups: groups ?? [], policies: policies ?? [] },
    ...present({ tenant: optional(tenant), role: optional(role) }),
  };
}

/** Without what is absent or null. */
function present<Fields extends object>(fields: Fields): { [Key in keyof Fields]?: NonNullable<Fields[Key]> } {
  const given = Object.entries(fields).filter(([, value]) => value !== undefined && value !== null);
  return Object.fromEntries(given) as { [Key in keyof Fields]?: NonNullable<Fields[Key]> };
}

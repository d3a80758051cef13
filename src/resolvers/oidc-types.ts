import { Field, ID, InputType, Int, ObjectType, registerEnumType } from 'type-graphql';
import { Role } from '../entities/enums.js';
import { OidcProvider } from '../entities/oidc-provider.js';
import { SigningAlgorithm } from '../entities/signing-algorithm.js';
import { countedConnectionTypes } from './connection.js';
import type { OidcProviderSource } from './sources.js';
import { Payload } from './user-error.js';

export const OidcProviderConnection = countedConnectionTypes<OidcProviderSource>('OidcProvider', {
  type: () => OidcProvider,
  noun: 'OpenID providers',
});

/** Whose users sign in by way of a provider. */
export const OidcProviderScope = { TENANT: 'TENANT', GLOBAL: 'GLOBAL' } as const;
export type OidcProviderScope = (typeof OidcProviderScope)[keyof typeof OidcProviderScope];

registerEnumType(OidcProviderScope, {
  name: 'OidcProviderScope',
  description: 'Whose users sign in by way of an OpenID provider.',
  valuesConfig: {
    TENANT: { description: 'Those of one tenant.' },
    GLOBAL: { description: 'Those of the tenants that its claims name; for global administrators to set up.' },
  },
});

/** What can fail of a provider. */
export const OidcStep = {
  DISCOVERY: 'DISCOVERY',
  KEYS: 'KEYS',
  AUTHORIZATION: 'AUTHORIZATION',
  CLIENT: 'CLIENT',
} as const;
export type OidcStep = (typeof OidcStep)[keyof typeof OidcStep];

registerEnumType(OidcStep, {
  name: 'OidcStep',
  description: 'A step of signing in by way of an OpenID provider, in the order in which they are tried.',
  valuesConfig: {
    DISCOVERY: { description: 'Its document is found, and is of this issuer.' },
    KEYS: { description: 'It has keys for one of the algorithms.' },
    AUTHORIZATION: { description: 'It offers the code flow with PKCE (S256).' },
    CLIENT: { description: 'It knows the client id, and takes the secret.' },
  },
});

@ObjectType('OidcClaims', { description: 'Where tokens of an OpenID provider say who somebody is.' })
export class OidcClaimsType {
  @Field(() => String, { description: 'The claim with the username; without it in a token `sub` is taken.' })
  username!: string;

  @Field(() => String, { nullable: true, description: 'The claim with the name to show.' })
  displayName!: string | null;

  @Field(() => String, { nullable: true, description: 'The claim with the e-mail address.' })
  email!: string | null;

  @Field(() => String, { nullable: true, description: 'The claim whose value is the name of a tenant.' })
  tenant!: string | null;

  @Field(() => String, { nullable: true, description: 'The claim whose value is the name of a role.' })
  role!: string | null;

  @Field(() => String, { nullable: true, description: 'The claim whose values are names of groups.' })
  groups!: string | null;

  @Field(() => String, { nullable: true, description: 'The claim whose values are names of policies.' })
  policies!: string | null;
}

@ObjectType('OidcRule', { description: 'What a user gets whose token has one of these values.' })
export class OidcRuleType {
  @Field(() => String, { description: 'The claim, or a path to it: `realm_access.roles`. A list is all of its items.' })
  claim!: string;

  @Field(() => [String], { description: 'The values, any of which fits in full; `*` is any value.' })
  values!: string[];

  @Field(() => String, { nullable: true, description: 'The tenant that the user is of.' })
  tenant!: string | null;

  @Field(() => Role, { nullable: true, description: 'The role that the user has.' })
  role!: Role | null;

  @Field(() => [String], { description: 'Groups that the user is in.' })
  groups!: string[];

  @Field(() => [String], { description: 'Policies that are attached to the user.' })
  policies!: string[];
}

@InputType('OidcClaimsInput', {
  description: 'Where tokens say who somebody is. What is left out stays as it is; null means that they do not say it.',
})
export class OidcClaimsInput {
  @Field(() => String, { nullable: true, description: 'By default `preferred_username`.' })
  username?: string | null;

  @Field(() => String, { nullable: true, description: 'By default `name`.' })
  displayName?: string | null;

  @Field(() => String, { nullable: true, description: 'By default `email`.' })
  email?: string | null;

  @Field(() => String, { nullable: true, description: 'For providers of several tenants.' })
  tenant?: string | null;

  @Field(() => String, { nullable: true, description: 'A claim whose value is the name of a role.' })
  role?: string | null;

  @Field(() => String, { nullable: true, description: 'A claim whose values are names of groups.' })
  groups?: string | null;

  @Field(() => String, { nullable: true, description: 'A claim whose values are names of policies.' })
  policies?: string | null;
}

@InputType('OidcRuleInput', { description: 'What a user gets whose token has one of these values.' })
export class OidcRuleInput {
  @Field(() => String, { description: 'The claim, or a path to it: `realm_access.roles`. A list is all of its items.' })
  claim!: string;

  @Field(() => [String], { description: 'The values, any of which fits in full; `*` is any value.' })
  values!: string[];

  @Field(() => String, { nullable: true, description: 'A tenant; the first rule that fits and names one decides.' })
  tenant?: string | null;

  @Field(() => Role, { nullable: true, description: 'A role; the first rule that fits and names one decides.' })
  role?: Role | null;

  @Field(() => [String], { nullable: true, description: 'Groups; those of all rules that fit add up.' })
  groups?: string[] | null;

  @Field(() => [String], { nullable: true, description: 'Policies; those of all rules that fit add up.' })
  policies?: string[] | null;
}

/** What can be set when a provider is created and changed. */
@InputType()
abstract class OidcSettingsInput {
  @Field(() => String, { nullable: true, description: 'The name to show to people; by default the name itself.' })
  displayName?: string | null;

  @Field(() => Boolean, { nullable: true, description: 'False takes it out of use. True by default.' })
  enabled?: boolean | null;

  @Field(() => String, { nullable: true, description: 'The secret of the client; empty for a client without one.' })
  clientSecret?: string | null;

  @Field(() => [String], { nullable: true, description: 'What `aud` of bearer tokens has to have, any of them.' })
  audiences?: string[] | null;

  @Field(() => [SigningAlgorithm], {
    nullable: true,
    description: 'How tokens may be signed; by default RS256, PS256, ES256 and EdDSA.',
  })
  algorithms?: SigningAlgorithm[] | null;

  @Field(() => [String], { nullable: true, description: 'By default `openid`, `profile` and `email`.' })
  scopes?: string[] | null;

  @Field(() => Int, { nullable: true, description: 'Seconds that its clock may be off, 0 to 300; 30 by default.' })
  clockSkewSeconds?: number | null;

  @Field(() => OidcClaimsInput, { nullable: true, description: 'Where tokens say who somebody is.' })
  claims?: OidcClaimsInput | null;

  @Field(() => [OidcRuleInput], { nullable: true, description: 'What users get for values of claims, in order.' })
  rules?: OidcRuleInput[] | null;

  @Field(() => String, { nullable: true, description: 'The tenant of whom no claim gives one; for GLOBAL providers.' })
  defaultTenant?: string | null;

  @Field(() => Role, { nullable: true, description: 'The role of whom no claim gives one; null refuses such users.' })
  defaultRole?: Role | null;

  @Field(() => Boolean, {
    nullable: true,
    description: 'Whether its tokens are taken as bearer tokens; by default not.',
  })
  acceptBearer?: boolean | null;

  @Field(() => Boolean, {
    nullable: true,
    description: 'Whether people may sign in with a browser; by default they may.',
  })
  offerLogin?: boolean | null;
}

@InputType('CreateOidcProviderInput', { description: 'The OpenID provider to set up.' })
export class CreateOidcProviderInput extends OidcSettingsInput {
  @Field(() => OidcProviderScope, { nullable: true, description: 'Whose users sign in by it; TENANT by default.' })
  scope?: OidcProviderScope | null;

  @Field(() => String, { nullable: true, description: "The name of the tenant; the caller's own by default." })
  tenant?: string | null;

  @Field(() => String, { description: 'A name for its addresses: 1 to 63 lower-case letters, digits and -' })
  name!: string;

  @Field(() => String, { description: 'Its issuer identifier, exactly as its tokens have it in `iss`. It stays.' })
  issuer!: string;

  @Field(() => String, { description: 'What this server is called at the provider.' })
  clientId!: string;
}

@InputType('UpdateOidcProviderInput', { description: 'The OpenID provider, and what changes; the rest stays.' })
export class UpdateOidcProviderInput extends OidcSettingsInput {
  @Field(() => ID, { description: 'The global id of the provider.' })
  id!: string;

  @Field(() => String, { nullable: true, description: 'What this server is called at the provider.' })
  clientId?: string | null;
}

@InputType('DeleteOidcProviderInput', { description: 'The OpenID provider to remove.' })
export class DeleteOidcProviderInput {
  @Field(() => ID, { description: 'The global id of the provider.' })
  id!: string;
}

@InputType('TestOidcProviderInput', { description: 'The OpenID provider to try.' })
export class TestOidcProviderInput {
  @Field(() => ID, { description: 'The global id of the provider.' })
  id!: string;
}

/** A payload with a provider. */
@ObjectType()
abstract class OidcProviderPayload extends Payload {
  @Field(() => OidcProvider, { nullable: true, description: 'The provider; null when `userErrors` says why not.' })
  oidcProvider?: OidcProviderSource | null;
}

@ObjectType('CreateOidcProviderPayload', { description: 'What came of setting up an OpenID provider.' })
export class CreateOidcProviderPayload extends OidcProviderPayload {}

@ObjectType('UpdateOidcProviderPayload', { description: 'What came of changing an OpenID provider.' })
export class UpdateOidcProviderPayload extends OidcProviderPayload {}

@ObjectType('DeleteOidcProviderPayload', { description: 'What came of removing an OpenID provider.' })
export class DeleteOidcProviderPayload extends Payload {
  @Field(() => ID, { nullable: true, description: 'The global id it had; null when `userErrors` says why not.' })
  deletedId?: string | null;
}

@ObjectType('OidcStepResult', { description: 'How one step went.' })
export class OidcStepResult {
  @Field(() => OidcStep, { description: 'The step.' })
  step!: OidcStep;

  @Field(() => String, { nullable: true, description: 'What went wrong; null when nothing did.' })
  problem!: string | null;
}

@ObjectType('TestOidcProviderPayload', { description: 'What came of trying an OpenID provider.' })
export class TestOidcProviderPayload extends Payload {
  @Field(() => [OidcStepResult], {
    nullable: true,
    description: 'The steps that were tried; after one that failed there is no more. Null when `userErrors` says why.',
  })
  steps?: OidcStepResult[] | null;
}

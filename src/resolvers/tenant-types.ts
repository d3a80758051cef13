import { GraphQLDateTime, GraphQLSafeInt } from 'graphql-scalars';
import { Field, ID, InputType, ObjectType, registerEnumType } from 'type-graphql';
import { Tenant } from '../entities/tenant.js';
import { connectionTypes, countedConnectionTypes } from './connection.js';
import { TenantQuotaInput } from './quota-types.js';
import type { TenantSource } from './sources.js';
import { Payload } from './user-error.js';

export const TenantConnection = countedConnectionTypes<TenantSource>('Tenant', { type: () => Tenant, noun: 'tenants' });

/** How far a purge is. */
export enum TenantPurgeState {
  RUNNING = 'RUNNING',
  HELD = 'HELD',
  COMPLETED = 'COMPLETED',
}

registerEnumType(TenantPurgeState, {
  name: 'TenantPurgeState',
  description: 'How far the purge of a tenant is.',
  valuesConfig: {
    RUNNING: { description: 'Background work is at it, or will be within a minute.' },
    HELD: { description: 'Only what object lock keeps is left, and with it the tenant, suspended.' },
    COMPLETED: { description: 'The tenant is gone. Its bytes follow as those of all deleted objects do.' },
  },
});

@ObjectType('TenantPurge', { description: 'The removal of a tenant with all that it holds.' })
export class TenantPurgeType {
  @Field(() => ID, { description: 'What tells purges apart.' })
  id!: string;

  /** What the held versions are found by. */
  tenantId!: number;

  @Field(() => String, { description: 'The name of the tenant.' })
  tenantName!: string;

  @Field(() => TenantPurgeState, { description: 'How far it is.' })
  state!: TenantPurgeState;

  @Field(() => GraphQLSafeInt, { description: 'How many versions were removed so far.' })
  versions!: number;

  @Field(() => GraphQLSafeInt, { description: 'How many bytes these had, as written.' })
  bytes!: number;

  @Field(() => GraphQLSafeInt, { description: 'How many buckets were removed so far.' })
  buckets!: number;

  @Field(() => GraphQLSafeInt, { description: 'How many versions object lock kept when the purge ended.' })
  held!: number;

  @Field(() => GraphQLDateTime, { description: 'When it was asked for.' })
  startedAt!: Date;

  @Field(() => GraphQLDateTime, { description: 'When the figures changed last.' })
  updatedAt!: Date;

  @Field(() => GraphQLDateTime, { nullable: true, description: 'When it ended; null while it runs.' })
  finishedAt!: Date | null;
}

export const TenantPurgeConnection = connectionTypes<TenantPurgeType>('TenantPurge', {
  type: () => TenantPurgeType,
  noun: 'purges',
});

@InputType('CreateTenantInput', { description: 'The tenant to create.' })
export class CreateTenantInput {
  @Field(() => String, { nullable: true, description: 'The unique name, in the form of a DNS label. Required.' })
  name?: string | null;

  @Field(() => String, { nullable: true, description: 'The name too, under the word that other inputs have for it.' })
  tenant?: string | null;

  @Field(() => String, { nullable: true, description: 'The name to show to people; the name itself by default.' })
  displayName?: string | null;

  @Field(() => TenantQuotaInput, { nullable: true, description: 'What it may hold at most; no limits by default.' })
  quota?: TenantQuotaInput | null;
}

/** A tenant by its name. */
@InputType()
export abstract class TenantInput {
  @Field(() => String, { description: 'The name of the tenant.' })
  tenant!: string;
}

@InputType('UpdateTenantInput', { description: 'The tenant, and what to change of it.' })
export class UpdateTenantInput extends TenantInput {
  @Field(() => String, { description: 'The name to show to people; empty for the unique name.' })
  displayName!: string;
}

@InputType('SetTenantQuotaInput', { description: 'The tenant, and its whole quota from now on.' })
export class SetTenantQuotaInput extends TenantInput {
  @Field(() => TenantQuotaInput, { description: 'What it may hold at most.' })
  quota!: TenantQuotaInput;
}

@InputType('SuspendTenantInput', { description: 'The tenant to suspend.' })
export class SuspendTenantInput extends TenantInput {}

@InputType('ResumeTenantInput', { description: 'The tenant to let in again.' })
export class ResumeTenantInput extends TenantInput {}

@InputType('DeleteTenantInput', { description: 'The tenant to delete; it must have no buckets.' })
export class DeleteTenantInput extends TenantInput {}

@InputType('PurgeTenantInput', { description: 'The tenant to purge.' })
export class PurgeTenantInput extends TenantInput {
  @Field(() => String, { description: "The tenant's name once more, as nothing of it comes back." })
  confirm!: string;
}

/** A payload with the tenant that a mutation made or changed. */
@ObjectType()
export abstract class TenantPayload extends Payload {
  @Field(() => Tenant, { nullable: true, description: 'The tenant as it is now; null when `userErrors` says why not.' })
  tenant?: TenantSource | null;
}

@ObjectType('CreateTenantPayload', { description: 'What came of creating a tenant.' })
export class CreateTenantPayload extends TenantPayload {}

@ObjectType('UpdateTenantPayload', { description: 'What came of changing a tenant.' })
export class UpdateTenantPayload extends TenantPayload {}

@ObjectType('SetTenantQuotaPayload', { description: 'What came of setting the quota of a tenant.' })
export class SetTenantQuotaPayload extends TenantPayload {}

@ObjectType('SuspendTenantPayload', { description: 'What came of suspending a tenant.' })
export class SuspendTenantPayload extends TenantPayload {}

@ObjectType('ResumeTenantPayload', { description: 'What came of letting a tenant in again.' })
export class ResumeTenantPayload extends TenantPayload {}

@ObjectType('DeleteTenantPayload', { description: 'What came of deleting a tenant.' })
export class DeleteTenantPayload extends Payload {
  @Field(() => Tenant, {
    nullable: true,
    description: 'The tenant as it was; null when `userErrors` says why it is still there.',
  })
  tenant?: TenantSource | null;
}

@ObjectType('PurgeTenantPayload', { description: 'What came of asking for the purge of a tenant.' })
export class PurgeTenantPayload extends Payload {
  @Field(() => TenantPurgeType, { nullable: true, description: 'The purge; null when `userErrors` says why not.' })
  purge?: TenantPurgeType | null;
}

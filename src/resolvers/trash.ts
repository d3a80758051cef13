import { GraphQLDateTime } from 'graphql-scalars';
import { Ctx, FieldResolver, Resolver, Root } from 'type-graphql';
import { ObjectVersion } from '../entities/object-version.js';
import { User } from '../entities/user.js';
import type { GraphqlContext } from './context.js';
import type { PlacedObject } from './placed-object.js';
import type { UserSource } from './sources.js';

/** What there is to say of a version in the trash. */
@Resolver(() => ObjectVersion)
export class TrashedObjectResolver {
  @FieldResolver(() => GraphQLDateTime, {
    nullable: true,
    description: 'Of a version in the `trash` of its bucket: when it was deleted or overwritten. Else null.',
  })
  deletedAt(@Root() object: PlacedObject): Date | null {
    return object.trashed?.deletedAt ?? null;
  }

  @FieldResolver(() => User, {
    nullable: true,
    description:
      'Of a version in the `trash` of its bucket: who deleted or overwrote it; null when it was background work, or nobody whom the caller may see.',
  })
  async deletedBy(@Root() object: PlacedObject, @Ctx() context: GraphqlContext): Promise<UserSource | null> {
    const id = object.trashed?.deletedBy ?? null;
    return id === null ? null : context.loaders.users.load(id);
  }

  @FieldResolver(() => GraphQLDateTime, {
    nullable: true,
    description: 'Of a version in the `trash` of its bucket: until when it can be restored. Else null.',
  })
  purgeAt(@Root() object: PlacedObject): Date | null {
    return object.trashed?.purgeAt ?? null;
  }
}

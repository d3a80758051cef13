import { Field, ID, InterfaceType } from 'type-graphql';

/** The name of the GraphQL type that a value is of: its own word for it, or its entity's. */
function typeNameOf(value: object): string {
  if ('__typename' in value && typeof value.__typename === 'string') {
    return value.__typename;
  }
  return value.constructor.name === 'ObjectVersion' ? 'StoredObject' : value.constructor.name;
}

/** What has a global id. The rows' own ids never leave the server: resolvers make the opaque ones. */
@InterfaceType('Node', {
  description: 'Anything that has a global id and can be fetched again by `node`.',
  resolveType: typeNameOf,
})
export abstract class Node {
  @Field(() => ID, { description: 'The global id: opaque, stable, and only good for passing back.' })
  id!: unknown;
}

import { type FieldNode, type GraphQLResolveInfo, Kind, type SelectionSetNode } from 'graphql';

type Fragments = GraphQLResolveInfo['fragments'];

/** By the field's node: an operation is compiled once, and asked often. */
const known = new WeakMap<FieldNode, ReadonlySet<string>>();

/**
 * The names of all fields that an operation may ask of the items of a connection, under `nodes` and under `edges`: what
 * `@skip` and `@include` take away is among them.
 */
export function itemFields(info: GraphQLResolveInfo): ReadonlySet<string> {
  const [first] = info.fieldNodes;
  const found = first === undefined ? undefined : known.get(first);
  if (found !== undefined) {
    return found;
  }
  const names = new Set<string>();
  for (const connection of info.fieldNodes) {
    for (const part of fieldsOf(connection.selectionSet, info.fragments)) {
      const items = part.name.value === 'edges' ? fieldsOf(part.selectionSet, info.fragments) : [part];
      for (const item of items.filter(({ name }) => name.value === 'node' || name.value === 'nodes')) {
        for (const field of fieldsOf(item.selectionSet, info.fragments)) {
          names.add(field.name.value);
        }
      }
    }
  }
  if (first !== undefined) {
    known.set(first, names);
  }
  return names;
}

/** The fields directly in a selection, through every fragment. Valid documents have no fragment within itself. */
function fieldsOf(set: SelectionSetNode | undefined, fragments: Fragments): FieldNode[] {
  return (set?.selections ?? []).flatMap((selection) => {
    switch (selection.kind) {
      case Kind.FIELD:
        return [selection];
      case Kind.INLINE_FRAGMENT:
        return fieldsOf(selection.selectionSet, fragments);
      case Kind.FRAGMENT_SPREAD:
        return fieldsOf(fragments[selection.name.value]?.selectionSet, fragments);
      default:
        return selection satisfies never;
    }
  });
}

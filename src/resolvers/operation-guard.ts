import {
  type DocumentNode,
  type FieldNode,
  type GraphQLInputType,
  type GraphQLSchema,
  getNamedType,
  isInputObjectType,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from 'graphql';
import type { Caller } from '../auth/caller.js';
import { refusal } from './errors.js';

/** What signs in and out. */
const signInFields = ['login', 'completeLogin', 'refreshSession', 'logout', 'signInMethods', '__typename'];

/** All that somebody who is not signed in may ask for. */
const anonymousFields = new Set([...signInFields, '__schema', '__type']);

/** What of their answers has fields of its own. */
const signInObjects = ['user', 'userErrors', 'providers'];

/** Whether the document does nothing but sign in and out: from the user it reads what is the user's own, nothing beyond. */
export function onlySignsIn(document: DocumentNode): boolean {
  const operations = document.definitions.filter((node) => node.kind === Kind.OPERATION_DEFINITION);
  const fields = operations.flatMap(({ selectionSet }) => fieldsOf(document, selectionSet, new Set()));
  const below = (field: FieldNode) =>
    field.selectionSet === undefined ? [] : fieldsOf(document, field.selectionSet, new Set());
  const isPlain = (field: FieldNode) => field.selectionSet === undefined;
  return fields.every(
    (field) =>
      signInFields.includes(field.name.value) &&
      below(field).every(
        (answer) => isPlain(answer) || (signInObjects.includes(answer.name.value) && below(answer).every(isPlain)),
      ),
  );
}

/** Throws for an operation that asks for what its caller may not, or that takes files in more than one mutation. */
export function refuseOperation(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode | undefined,
  caller: Caller,
): void {
  if (operation === undefined) {
    return;
  }
  const fields = fieldsOf(document, operation.selectionSet, new Set());
  if (caller.kind === 'anonymous' && fields.some((field) => !anonymousFields.has(field.name.value))) {
    throw refusal('UNAUTHENTICATED', 'Sign in first: send an access token as "Authorization: Bearer ...".', 401);
  }
  if (operation.operation === 'mutation' && fields.filter((field) => takesUpload(schema, field)).length > 1) {
    // Files come in one after the other: two mutations that read them in another order would wait for each other.
    throw refusal(
      'BAD_REQUEST',
      'An operation may have one mutation that takes files; "uploadObjects" takes many.',
      400,
    );
  }
}

/** The fields directly under the operation's root, or under a field, through every fragment. */
function fieldsOf(document: DocumentNode, set: SelectionSetNode, seen: Set<string>): FieldNode[] {
  return set.selections.flatMap((selection) => {
    if (selection.kind === Kind.FIELD) {
      return [selection];
    }
    if (selection.kind === Kind.INLINE_FRAGMENT) {
      return fieldsOf(document, selection.selectionSet, seen);
    }
    const name = selection.name.value;
    const fragment = document.definitions.find(
      (node) => node.kind === Kind.FRAGMENT_DEFINITION && node.name.value === name,
    );
    if (seen.has(name) || fragment?.kind !== Kind.FRAGMENT_DEFINITION) {
      return [];
    }
    seen.add(name);
    return fieldsOf(document, fragment.selectionSet, seen);
  });
}

function takesUpload(schema: GraphQLSchema, field: FieldNode): boolean {
  const definition = schema.getMutationType()?.getFields()[field.name.value];
  return definition?.args.some((argument) => holdsUpload(argument.type, new Set())) ?? false;
}

function holdsUpload(type: GraphQLInputType, seen: Set<string>): boolean {
  const named = getNamedType(type);
  if (!isInputObjectType(named) || seen.has(named.name)) {
    return named.name === 'Upload';
  }
  seen.add(named.name);
  return Object.values(named.getFields()).some((field) => holdsUpload(field.type, seen));
}

// Where an operation's variables take files, and which files were chosen for it.
import { getNamedType, isInputObjectType, isListType, isNonNullType, Kind, parse, typeFromAST } from 'graphql';
import { useSyncExternalStore } from 'react';

/** The operation that is going to be sent: of its name, or the only one. */
export function operationOf(query, operationName) {
  try {
    const { definitions } = parse(query);
    const operations = definitions.filter(({ kind }) => kind === Kind.OPERATION_DEFINITION);
    const named = operations.find(({ name }) => name?.value === operationName);
    return named ?? (operations.length === 1 ? operations[0] : undefined);
  } catch {
    // What is still being written has none.
    return undefined;
  }
}

/**
 * The places of files in the variables of an operation: `{ path, kind }`. `one` is a single file, `many` a list of
 * files, and `items` a list of inputs that each have a file (`fileField`) and perhaps a key.
 */
export function uploadSlots(schema, operation) {
  return (operation?.variableDefinitions ?? []).flatMap(({ variable, type }) =>
    slotsBelow(typeFromAST(schema, type), [variable.name.value], []),
  );
}

function slotsBelow(type, path, seen) {
  const inner = isNonNullType(type) ? type.ofType : type;
  const named = type === undefined || type === null ? undefined : getNamedType(inner);
  if (named === undefined || seen.includes(named.name)) {
    return [];
  }
  if (named.name === 'Upload') {
    return [{ path, kind: isListType(inner) ? 'many' : 'one' }];
  }
  if (!isInputObjectType(named)) {
    return [];
  }
  const fields = Object.values(named.getFields());
  if (isListType(inner)) {
    const file = fields.find((field) => getNamedType(field.type).name === 'Upload');
    return file === undefined
      ? []
      : [{ path, kind: 'items', fileField: file.name, hasKey: 'key' in named.getFields() }];
  }
  return fields.flatMap((field) => slotsBelow(field.type, [...path, field.name], [...seen, named.name]));
}

/** The variables with what the chosen files need beside them: a null for each, and a key where there is none. */
export function withFiles(variables, slot, files) {
  const { kind, path } = slot;
  if (kind === 'one') {
    return put(variables, path, null);
  }
  if (kind === 'many') {
    return put(
      variables,
      path,
      files.map(() => null),
    );
  }
  const before = get(variables, path);
  const items = files.map((file, index) => ({
    ...(slot.hasKey ? { key: file.name } : {}),
    ...(Array.isArray(before) ? before[index] : {}),
    ...(slot.hasKey && before?.[index]?.key === undefined ? { key: file.name } : {}),
    [slot.fileField]: null,
  }));
  return put(variables, path, items);
}

/** Each chosen file with the place of its null in the variables. */
export function placedFiles(slots, chosen) {
  return slots.flatMap((slot) =>
    (chosen.get(nameOf(slot)) ?? []).map((file, index) => ({
      file,
      path: [...slot.path, ...(slot.kind === 'one' ? [] : [index]), ...(slot.kind === 'items' ? [slot.fileField] : [])],
    })),
  );
}

/** What a slot is called: its path. */
export function nameOf({ path }) {
  return path.join('.');
}

export function get(value, path) {
  return path.reduce((inner, name) => inner?.[name], value);
}

export function put(value, [name, ...rest], leaf) {
  if (name === undefined) {
    return leaf;
  }
  const copy = Array.isArray(value) ? [...value] : { ...value };
  copy[name] = put(copy[name], rest, leaf);
  return copy;
}

const watchers = new Set();
let chosen = new Map();
let sent = null;

function tell() {
  for (const watcher of watchers) {
    watcher();
  }
}

function watch(watcher) {
  watchers.add(watcher);
  return () => watchers.delete(watcher);
}

/** The chosen files by the names of their slots. */
export function useChosenFiles() {
  return useSyncExternalStore(watch, () => chosen);
}

export function chosenFiles() {
  return chosen;
}

export function chooseFiles(slot, files) {
  chosen = new Map(chosen).set(nameOf(slot), files);
  tell();
}

/** How much of the files has been sent, 0 to 1; null when nothing is being sent. */
export function useSentShare() {
  return useSyncExternalStore(watch, () => sent);
}

export function noteSent(share) {
  sent = share;
  tell();
}

import { ArgsType, type ClassType, Field, Int, ObjectType } from 'type-graphql';
import { GranaryError } from '../errors.js';

const maxPage = 100;

/** The arguments of every list. */
@ArgsType()
export class PageArgs {
  @Field(() => Int, { nullable: true, description: 'How many items from the front, 1 to 100. Either this or `last`.' })
  first?: number | null;

  @Field(() => String, { nullable: true, description: 'Go on behind the item with this cursor; goes with `first`.' })
  after?: string | null;

  @Field(() => Int, { nullable: true, description: 'How many items from the back, 1 to 100. Either this or `first`.' })
  last?: number | null;

  @Field(() => String, { nullable: true, description: 'Only items before the one with this cursor; goes with `last`.' })
  before?: string | null;
}

/** The arguments of a list that can only be walked from front to back. */
@ArgsType()
export class ForwardPageArgs {
  @Field(() => Int, { nullable: true, description: 'How many items, 1 to 100. Required.' })
  first?: number | null;

  @Field(() => String, { nullable: true, description: 'Go on behind the item with this cursor.' })
  after?: string | null;
}

/** A page as asked for: `after` is the decoded position to go on from, in the direction asked for. */
export interface PageRequest {
  direction: 'forward' | 'backward';
  limit: number;
  after: string | undefined;
}

/** Where a page stands in its list. */
@ObjectType('PageInfo', { description: 'Where a page stands in its list.' })
export class PageInfo {
  @Field(() => Boolean, { description: 'True when there are items behind the page.' })
  hasNextPage!: boolean;

  @Field(() => Boolean, { description: 'True when there are items before the page.' })
  hasPreviousPage!: boolean;

  @Field(() => String, { nullable: true, description: 'The cursor of the first item; null for an empty page.' })
  startCursor!: string | null;

  @Field(() => String, { nullable: true, description: 'The cursor of the last item; null for an empty page.' })
  endCursor!: string | null;
}

export interface Edge<Item> {
  cursor: string;
  node: Item;
}

export interface Connection<Item> {
  edges: Edge<Item>[];
  nodes: Item[];
  pageInfo: PageInfo;
}

/** A connection whose items are counted when somebody asks for that. */
export type Counted<Item> = Connection<Item> & { count(): Promise<number> };

/** The two object types of a connection: `<name>Edge` and `<name>Connection`. */
export function connectionTypes<Item extends object>(
  name: string,
  items: { type: () => ClassType | object; noun: string },
): ClassType<Connection<Item>> {
  @ObjectType(`${name}Edge`, { description: `One of the ${items.noun} of a list, with its cursor.` })
  class EdgeType implements Edge<Item> {
    @Field(() => String, { description: 'The place of the item in the list, for `after` and `before`.' })
    cursor!: string;

    @Field(items.type as () => ClassType, { description: 'The item.' })
    node!: Item;
  }

  @ObjectType(`${name}Connection`, { description: `A page of ${items.noun}.` })
  class ConnectionType implements Connection<Item> {
    @Field(() => [EdgeType], { description: 'The items with their cursors.' })
    edges!: EdgeType[];

    @Field(() => [items.type()] as [ClassType], { description: 'The items alone.' })
    nodes!: Item[];

    @Field(() => PageInfo, { description: 'Where the page stands in the list.' })
    pageInfo!: PageInfo;
  }

  return ConnectionType;
}

/** As {@link connectionTypes}, with a `totalCount` that is counted only when it is asked for. */
export function countedConnectionTypes<Item extends object>(
  name: string,
  items: { type: () => ClassType | object; noun: string },
): ClassType<Counted<Item>> {
  @ObjectType(`${name}Connection`, { description: `A page of ${items.noun}.` })
  class CountedConnectionType extends connectionTypes<Item>(name, items) implements Counted<Item> {
    count!: () => Promise<number>;

    @Field(() => Int, {
      description: `How many ${items.noun} the whole list has. Counting costs time in proportion: ask only to show it.`,
    })
    totalCount(): Promise<number> {
      return this.count();
    }
  }
  return CountedConnectionType;
}

/** Reads the arguments of a list; throws `InvalidInput` unless exactly one of `first` and `last` is there, 1 to 100. */
export function pageRequest(args: PageArgs | ForwardPageArgs, list: string): PageRequest {
  if (args instanceof ForwardPageArgs) {
    return { direction: 'forward', limit: forwardSize(args), after: decodeCursor(args.after, list, 'after') };
  }
  const first = args.first ?? undefined;
  const last = args.last ?? undefined;
  if ((first === undefined) === (last === undefined)) {
    throw invalidPage('Give either "first" or "last", 1 to 100.', first === undefined ? 'first' : 'last');
  }
  if (first !== undefined) {
    refuseCursor(args.before, 'before', 'first');
    return { direction: 'forward', limit: validSize(first, 'first'), after: decodeCursor(args.after, list, 'after') };
  }
  refuseCursor(args.after, 'after', 'last');
  const limit = validSize(last as number, 'last');
  return { direction: 'backward', limit, after: decodeCursor(args.before, list, 'before') };
}

/** How many items are asked for of a list that can only be walked from front to back. */
export function forwardSize({ first }: ForwardPageArgs): number {
  if (first === null || first === undefined) {
    throw invalidPage('Give "first", 1 to 100.', 'first');
  }
  return validSize(first, 'first');
}

/** The order of the list, for items that were found in the direction of the page. */
export function inListOrder<Item>(request: PageRequest, items: Item[]): Item[] {
  return request.direction === 'forward' ? items : items.toReversed();
}

/** Puts a connection together from a page's items in the order of the list. */
export function toConnection<Item>(
  page: { request: PageRequest; truncated: boolean; list: string },
  nodes: Item[],
  positionOf: (item: Item) => string,
): Connection<Item> {
  const cursorOf = (node: Item) => encodeCursor(positionOf(node), page.list);
  const edges = nodes.map((node) => ({
    node,
    // Many ask for the nodes alone, and cursors are work.
    get cursor() {
      return cursorOf(node);
    },
  }));
  const hasEarlier = page.request.after !== undefined;
  const isForward = page.request.direction === 'forward';
  return {
    edges,
    nodes,
    pageInfo: {
      hasNextPage: isForward ? page.truncated : hasEarlier,
      hasPreviousPage: isForward ? hasEarlier : page.truncated,
      startCursor: edges[0]?.cursor ?? null,
      endCursor: edges.at(-1)?.cursor ?? null,
    },
  };
}

/** A cursor is the list's name and the position, so that one list's cursor does not pass for another's. */
export function encodeCursor(position: string, list: string): string {
  return Buffer.from(`${list}:${position}`).toString('base64url');
}

function decodeCursor(cursor: string | null | undefined, list: string, argument: string): string | undefined {
  if (cursor === null || cursor === undefined) {
    return undefined;
  }
  const text = Buffer.from(cursor, 'base64url').toString();
  if (
    cursor.length > 8192 ||
    !text.startsWith(`${list}:`) ||
    encodeCursor(text.slice(list.length + 1), list) !== cursor
  ) {
    throw invalidPage(`"${argument}" is not a cursor of this list.`, argument);
  }
  return text.slice(list.length + 1);
}

function validSize(size: number, argument: string): number {
  if (size < 1 || size > maxPage) {
    throw invalidPage(`"${argument}" must be 1 to ${maxPage}.`, argument);
  }
  return size;
}

function refuseCursor(cursor: string | null | undefined, argument: string, beside: string): void {
  if (cursor !== null && cursor !== undefined) {
    throw invalidPage(`"${argument}" does not go with "${beside}".`, argument);
  }
}

function invalidPage(message: string, field: string): GranaryError {
  return new GranaryError('InvalidInput', message, { reason: 'InvalidArgument', field: [field] });
}

import {
  createSourceEventStream,
  type ExecutionArgs,
  type ExecutionResult,
  execute,
  GraphQLError,
  type SubscriptionArgs,
} from 'graphql';
import type { Cost } from './complexity.js';
import type { GraphqlContext } from './context.js';
import { presentError } from './errors.js';
import { inTime } from './execution.js';
import { withinItems } from './item-count.js';

/** The arguments of a subscription, with this server's context. */
export interface Subscribing extends ExecutionArgs {
  contextValue: GraphqlContext;
  /** What one event costs. */
  cost: Cost;
}

/**
 * Runs a subscription: each event is answered with the rights that the caller has at that moment, and with nothing that
 * was loaded for an earlier one. An error ends it after it was told, and so does it when the caller is signed out while
 * nothing happens.
 */
export async function subscribe(args: Subscribing): Promise<ExecutionResult | AsyncIterableIterator<ExecutionResult>> {
  const stream = await createSourceEventStream(args as SubscriptionArgs);
  return Symbol.asyncIterator in stream
    ? new Answers(stream[Symbol.asyncIterator](), args)
    : present(stream, args.contextValue);
}

class Answers implements AsyncIterableIterator<ExecutionResult> {
  readonly #events: AsyncIterator<unknown>;
  readonly #args: Subscribing;
  readonly #leave: () => void;
  #ended = false;
  #refuse: (error: unknown) => void = () => undefined;

  constructor(events: AsyncIterator<unknown>, args: Subscribing) {
    this.#events = events;
    this.#args = args;
    this.#leave = args.contextValue.onSignedOut?.((error) => this.#refuse(error)) ?? (() => undefined);
  }

  async next(): Promise<IteratorResult<ExecutionResult>> {
    if (this.#ended) {
      return { done: true, value: undefined };
    }
    try {
      const { done, value } = await this.#nextEvent();
      if (done) {
        return await this.return();
      }
      const contextValue = await this.#args.contextValue.renew();
      const { cost } = this.#args;
      const run = async () => execute({ ...this.#args, rootValue: value, contextValue });
      const result = withinItems(contextValue, await inTime(contextValue, run));
      return { done: false, value: { ...present(result, contextValue), extensions: { cost } } };
    } catch (error) {
      await this.return();
      const told = new GraphQLError('The subscription ended', { originalError: error as Error });
      return { done: false, value: present({ errors: [told] }, this.#args.contextValue) };
    }
  }

  #nextEvent(): Promise<IteratorResult<unknown>> {
    return new Promise((resolve, reject) => {
      this.#refuse = reject;
      this.#events.next().then(resolve, reject);
    });
  }

  async return(): Promise<IteratorResult<ExecutionResult>> {
    this.#ended = true;
    this.#leave();
    await this.#events.return?.();
    return { done: true, value: undefined };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}

function present(result: ExecutionResult, { request }: GraphqlContext): ExecutionResult {
  if (result.errors === undefined) {
    return result;
  }
  const errors = result.errors.map((error) => {
    const { message, path, extensions } = presentError(error, request.requestId, request.granary.log);
    return new GraphQLError(message, { path, extensions });
  });
  return { ...result, errors };
}

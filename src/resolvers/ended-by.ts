/** Lets go at once when the subscriber leaves: a generator alone would first wait for its next event. */
export function endedBy<T>(generator: AsyncGenerator<T>, stopping: AbortController): AsyncIterableIterator<T> {
  return {
    next: () => generator.next(),
    return: () => {
      stopping.abort();
      return generator.return(undefined);
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}

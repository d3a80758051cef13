/** Headers are short: a client that takes longer for them does so on purpose. */
const slowestHeadersMs = 30_000;

/** Node counts from the opening of the connection, and a busy machine takes its time. */
const fastestHeadersMs = 2_000;

/** What node:http is to do about slow headers: how long they may take, and how often it looks, in milliseconds. */
export function headerLimits(idleTimeoutMs: number): { headersTimeout: number; connectionsCheckingInterval: number } {
  const headersTimeout = Math.min(slowestHeadersMs, Math.max(fastestHeadersMs, idleTimeoutMs));
  return { headersTimeout, connectionsCheckingInterval: Math.ceil(headersTimeout / 4) };
}

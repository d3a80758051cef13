/**
 * How long PostgreSQL may take to answer one statement. When the network forgets a connection nobody is told: without
 * this limit whoever waits for an answer waits for ever, and the pool runs out of connections.
 */
export const answerLimitMs = 30_000;

/** How long a new connection may take. */
export const connectLimitMs = 10_000;

/** How long a goodbye is waited for, which a network that has gone never brings back. */
export const closeLimitMs = 5_000;

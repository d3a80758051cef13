/**
 * How long PostgreSQL may take to answer one statement. When the network forgets a connection nobody is told: without
 * this limit whoever waits for an answer waits for ever, and the pool runs out of connections.
 */
export const answerLimitMs = 30_000;

/**
 * When PostgreSQL itself gives a statement of the pool up: a little before nobody waits for its answer any more, so that
 * it does not go on for nothing, and hold its locks.
 */
export const statementLimitMs = 28_000;

/** How long a new connection may take. */
export const connectLimitMs = 10_000;

/** How long a goodbye is waited for, which a network that has gone never brings back. */
export const closeLimitMs = 5_000;

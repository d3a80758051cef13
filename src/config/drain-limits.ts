/**
 * How much of a body that nobody wants any more is read, and for how long, so that a client that is still sending gets
 * to see its answer: a connection that is closed with bytes unread is reset, and the answer is lost with it.
 */
export const drainLimits = { bytes: 64 * 1024 * 1024, ms: 5000 } as const;

/** So many more requests of one subject in one window of time. */
export interface WindowHits {
  subject: string;
  /** In milliseconds since 1970; windows of one length begin at its multiples. */
  windowStart: number;
  windowMs: number;
  hits: number;
}

export interface WindowTotals {
  /** Of all processes in this window, those just added included. */
  hits: number;
  /** Of all processes in the window before. */
  previous: number;
}

/** Where the processes of all machines count together. */
export interface RateLimitStore {
  /**
   * Adds to windows, each of them once in a call, and tells their totals in the order of the call. What is added is
   * either counted as a whole or, when it throws, perhaps not at all.
   */
  add(windows: readonly WindowHits[]): Promise<WindowTotals[]>;
  close(): Promise<void>;
}

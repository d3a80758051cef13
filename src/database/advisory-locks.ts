/** The keys of granary's advisory locks: one list, so that no two meanings share a key. */
export const advisoryLocks = {
  /** Held while the schema is brought up to date. */
  migrate: 0x6772616e_01,
  /** Held while the first tenant, user and key are made. */
  bootstrap: 0x6772616e_02,
  /** Held while the first key pair for access tokens is made. */
  signingKey: 0x6772616e_03,
  /** Shared by backups that run: while somebody has it, no bytes are removed. */
  backup: 0x6772616e_04,
  /** Held while a round of the scrubber is opened. */
  scrub: 0x6772616e_05,
  /** Held while what search finds is brought up to date. */
  search: 0x6772616e_0b,
  /** Held while events are chained, or removed. */
  audit: 0x6772616e_0a,
} as const;

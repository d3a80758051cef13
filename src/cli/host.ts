import type { Settings } from '../config/settings.js';
import type { Database } from '../database/database.js';
import type { Granary } from '../operations/context.js';

/** What commands work on; the composition root makes it, and closes what was opened when the command has ended. */
export interface Host {
  readonly settings: Settings;
  /**
   * What the settings name: while a server runs, its database, else the embedded one is started for the command.
   * @throws GranaryError NotFound when nothing has been stored there yet.
   */
  openGranary(): Promise<Granary>;
  /** A database and stores that nothing needs to be in yet, for a restore. */
  openEmpty(): Promise<{ database: Database; store: Granary['store'] }>;
}

/** What a command has done, for a person and for a program. */
export interface Outcome {
  /** Lines for a person. */
  text: string;
  /** The same for `--json`. */
  facts: object;
  /** `incomplete` when something that should have been done was not, `failed` when a check did not pass: the text says what. */
  result?: 'complete' | 'incomplete' | 'failed';
}

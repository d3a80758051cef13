/** Where the tokens of a session are kept. What is kept is a text to be given back as it was. */
export interface SessionStore {
  load(): string | null | Promise<string | null>;
  /** Null when there is no session any more. */
  save(text: string | null): void | Promise<void>;
}

/** Keeps the session as long as the page, or the program, is there. */
export function memoryStore(): SessionStore {
  let kept: string | null = null;
  return {
    load: () => kept,
    save: (text) => {
      kept = text;
    },
  };
}

/** What is needed of localStorage. */
export interface KeyValueStorage {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
  removeItem(key: string): void;
}

/**
 * Keeps the session in `localStorage`, which all tabs share and a reload survives. Whatever script runs in the page can
 * read it there: where pages come from the server's own origin, prefer cookies.
 */
export function webStorage(storage: KeyValueStorage, key = 'granary-session'): SessionStore {
  return {
    load: () => storage.getItem(key),
    save: (text) => (text === null ? storage.removeItem(key) : storage.setItem(key, text)),
  };
}

import { wait } from './wait.js';

/** What is needed of navigator.locks, which is there in secure contexts only. */
interface LockManager {
  request(name: string, work: () => Promise<void>): Promise<void>;
}

/** Browsers with a process for each tab take a moment to show one what another has put into localStorage. */
const storedAfterMs = 100;

/**
 * Does the work while no other tab of this origin does it, and after what the tab before it has stored can be seen; where
 * there are no locks, at once.
 */
export function oneTabAtATime<T>(name: string, work: () => Promise<T>): Promise<T> {
  const { locks } = (globalThis as { navigator?: { locks?: LockManager } }).navigator ?? {};
  if (locks === undefined) {
    return work();
  }
  return new Promise((resolve, reject) => {
    const turn = async (): Promise<void> => {
      // Whoever asked goes on at once; the next tab has its turn when it can see what was stored.
      await work().then(resolve, reject);
      await wait(storedAfterMs);
    };
    locks.request(name, turn).catch(reject);
  });
}

/** Tells the other tabs of this origin, and is told by them; does nothing where there are none. */
export class Tabs<Message> {
  readonly #channel: InstanceType<typeof BroadcastChannel> | undefined;

  constructor(name: string, onMessage: (message: Message) => void) {
    this.#channel = typeof BroadcastChannel === 'undefined' ? undefined : new BroadcastChannel(name);
    if (this.#channel !== undefined) {
      this.#channel.onmessage = ({ data }: { data: unknown }) => onMessage(data as Message);
      // In Node.js it would keep the process from ending.
      (this.#channel as { unref?: () => void }).unref?.();
    }
  }

  tell(message: Message): void {
    this.#channel?.postMessage(message);
  }

  close(): void {
    this.#channel?.close();
  }
}

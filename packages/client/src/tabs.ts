import { wait } from './wait.js';

/** What is needed of navigator.locks, which is there in secure contexts only. */
interface LockManager {
  request<T>(name: string, work: () => Promise<T>): Promise<T>;
  request<T>(name: string, options: { ifAvailable: true }, work: (lock: object | null) => Promise<T>): Promise<T>;
}

/** Browsers with a process for each tab take a moment to show one what another has put into localStorage. */
const storedAfterMs = 100;

/**
 * Does the work while no other tab of this origin does it, and after what the tab before it has stored can be seen; where
 * there are no locks, at once.
 */
export async function oneTabAtATime<T>(name: string, work: () => Promise<T>): Promise<T> {
  const { locks } = (globalThis as { navigator?: { locks?: LockManager } }).navigator ?? {};
  if (locks === undefined) {
    return work();
  }
  const undisturbed = await locks.request(name, { ifAvailable: true }, async (lock) =>
    lock === null ? undefined : { result: await work() },
  );
  if (undisturbed !== undefined) {
    return undisturbed.result;
  }
  return locks.request(name, async () => {
    await wait(storedAfterMs);
    return work();
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

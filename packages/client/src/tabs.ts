/** What is needed of navigator.locks, which is there in secure contexts only. */
interface LockManager {
  request<T>(name: string, work: () => Promise<T>): Promise<T>;
}

/** Does the work while no other tab of this origin does it; where there are no locks, at once. */
export function oneTabAtATime<T>(name: string, work: () => Promise<T>): Promise<T> {
  const { navigator } = globalThis as { navigator?: { locks?: LockManager } };
  return navigator?.locks === undefined ? work() : navigator.locks.request(name, work);
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

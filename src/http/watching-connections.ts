import { WebSocket } from 'ws';

/** What a client may send at once, in bytes. */
export const longestMessage = 64 * 1024;
/** WebSockets whose clients have not said yet who they are; those beyond have to give way in each process. */
const mostUnknown = 2000;
/** How long a client may take to answer that it is sent away. */
const farewellMs = 1000;

/** What a client is told by the protocol when there are too many, so that it tries again later. */
export const tryAgainLater = 1013;

export const tooMany = 'Too many connections';

export interface ConnectionLimits {
  subscriptionConnections: number;
  subscriptionConnectionsPerUser: number;
  subscriptionHandshakes: number;
}

/**
 * How many clients watch, of both kinds. They count once it is known who they are: what anybody can open has a place of
 * its own, in which the oldest gives way, so that silent sockets keep nobody out.
 */
export class WatchingConnections {
  readonly #limits: ConnectionLimits;
  #open = 0;
  readonly #ofUsers = new Map<number, number>();
  /** In the order in which they came, with their networks. */
  readonly #unknown = new Map<WebSocket, string>();

  constructor(limits: ConnectionLimits) {
    this.#limits = limits;
  }

  /** Counts one more of a user's, until `closed` is called; false when there are too many. */
  enter(userId: number, closed: (leave: () => void) => void): boolean {
    const { subscriptionConnections: most, subscriptionConnectionsPerUser: mostOfUser } = this.#limits;
    if (this.#open >= most || this.#of(userId) >= mostOfUser) {
      return false;
    }
    this.#add(userId, 1);
    closed(() => this.#add(userId, -1));
    return true;
  }

  #of(userId: number): number {
    return this.#ofUsers.get(userId) ?? 0;
  }

  #add(userId: number, count: number): void {
    this.#open += count;
    const left = this.#of(userId) + count;
    if (left === 0) {
      this.#ofUsers.delete(userId);
    } else {
      this.#ofUsers.set(userId, left);
    }
  }

  /** Takes a socket in of which nothing is known but the network that it comes from. */
  meet(socket: WebSocket, network: string): void {
    this.#unknown.set(socket, network);
    socket.once('close', () => this.#unknown.delete(socket));
    const ofNetwork = [...this.#unknown].filter(([, other]) => other === network);
    if (ofNetwork.length > this.#limits.subscriptionHandshakes) {
      this.#sendAway(ofNetwork[0]?.[0]);
    } else if (this.#unknown.size > mostUnknown) {
      this.#sendAway(this.#unknown.keys().next().value);
    }
  }

  /** Counts a socket as the user's from now on, and no more as unknown; false when it is gone, or there are too many. */
  recognize(socket: WebSocket, userId: number): boolean {
    if (!this.#unknown.delete(socket) || socket.readyState !== WebSocket.OPEN) {
      return false;
    }
    return this.enter(userId, (leave) => socket.once('close', leave));
  }

  #sendAway(socket: WebSocket | undefined): void {
    if (socket !== undefined) {
      this.#unknown.delete(socket);
      socket.close(tryAgainLater, tooMany);
      setTimeout(() => socket.terminate(), farewellMs).unref();
    }
  }
}

import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** A TCP proxy before one port of this machine that keeps what clients send, and can stop answering. */
export class RecordingProxy {
  /** All that came from clients, as it was on the wire. */
  received = Buffer.alloc(0);
  connections = 0;
  /** `silent` takes connections and says nothing. */
  mode: 'pass' | 'silent' = 'pass';
  readonly #sockets = new Set<Socket>();
  readonly #server = createServer((client) => this.#serve(client));
  readonly #target: number;

  private constructor(target: number) {
    this.#target = target;
  }

  static async before(port: number): Promise<RecordingProxy> {
    const proxy = new RecordingProxy(port);
    proxy.#server.listen(0, '127.0.0.1');
    await once(proxy.#server, 'listening');
    return proxy;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) {
      socket.destroy();
    }
    this.#server.close();
    await once(this.#server, 'close');
  }

  #serve(client: Socket): void {
    this.connections += 1;
    this.#keep(client).on('data', (data) => {
      this.received = Buffer.concat([this.received, data]);
    });
    if (this.mode === 'pass') {
      const server = this.#keep(connect(this.#target, '127.0.0.1'));
      client.pipe(server).pipe(client);
    }
  }

  #keep(socket: Socket): Socket {
    this.#sockets.add(socket);
    // A broken connection is what some tests make; the other side is told by the close.
    socket.on('error', () => socket.destroy()).on('close', () => this.#sockets.delete(socket));
    return socket;
  }
}

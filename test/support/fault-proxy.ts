import {
  Agent,
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  request,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';

/** What happens to one request on its way to the service, or to the answer on its way back. */
export type Fault =
  /** The proxy answers, and the service hears nothing. */
  | { kind: 'answer'; status: number; body?: string }
  /** Nobody ever answers. */
  | { kind: 'hang' }
  /** The connection is reset before the service hears of it. */
  | { kind: 'refuse' }
  /** The service does what it is told, and nobody hears of it. */
  | { kind: 'lose answer' }
  /** The body of the answer is cut after so many bytes: by a reset, or by an end as if that were all. */
  | { kind: 'cut'; after: number; by: 'reset' | 'end' }
  /** The body of the answer stops after so many bytes, and the connection stays. */
  | { kind: 'stall'; after: number }
  /** Headers of the answer are others; the body is as it was. */
  | { kind: 'headers'; change: Record<string, string> };

export interface SeenRequest {
  method: string;
  /** Path and query. */
  url: string;
  headers: IncomingHttpHeaders;
  /** By the clock of `performance.now`. */
  at: number;
}

interface Plan {
  fault: Fault;
  matches: (request: SeenRequest) => boolean;
  left: number;
}

/** An HTTP proxy in front of one service, on a port of its own, which does what tests plan. */
export class FaultProxy implements AsyncDisposable {
  /** In the order of their arrival. */
  seen: SeenRequest[] = [];
  readonly #server = createServer((incoming, answer) => this.#serve(incoming, answer));
  /** Without connections that are kept: the service may be about to close one when the next request takes it. */
  readonly #agent = new Agent({ keepAlive: false });
  readonly #target: URL;
  #plans: Plan[] = [];

  private constructor(target: URL) {
    this.#target = target;
  }

  static async to(target: string): Promise<FaultProxy> {
    const proxy = new FaultProxy(new URL(target));
    await new Promise<void>((resolve) => proxy.#server.listen(0, '127.0.0.1', resolve));
    return proxy;
  }

  get url(): string {
    const { port } = this.#server.address() as AddressInfo;
    return `http://127.0.0.1:${port}`;
  }

  /** Lets the next `times` requests that match meet with a fault; without `matches` any does. */
  plan(fault: Fault, { times = 1, matches = () => true }: { times?: number; matches?: Plan['matches'] } = {}): void {
    this.#plans.push({ fault, matches, left: times });
  }

  /** Forgets what was planned and seen. */
  reset(): void {
    this.#plans = [];
    this.seen = [];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#agent.destroy();
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #serve(incoming: IncomingMessage, answer: ServerResponse): void {
    const seen = {
      method: incoming.method ?? '',
      url: incoming.url ?? '',
      headers: incoming.headers,
      at: performance.now(),
    };
    this.seen.push(seen);
    const fault = this.#faultFor(seen);
    switch (fault?.kind) {
      case 'answer':
        incoming.resume();
        answer.writeHead(fault.status, { connection: 'close' }).end(fault.body);
        return;
      case 'hang':
        incoming.resume();
        return;
      case 'refuse':
        incoming.socket.resetAndDestroy();
        return;
      default:
        this.#forward(incoming, answer, fault);
    }
  }

  #faultFor(seen: SeenRequest): Fault | undefined {
    const plan = this.#plans.find(({ left, matches }) => left > 0 && matches(seen));
    if (plan) plan.left -= 1;
    return plan?.fault;
  }

  /** Headers go on as they are, `Host` too: it is signed. */
  #forward(incoming: IncomingMessage, answer: ServerResponse, fault: Fault | undefined): void {
    const { hostname, port } = this.#target;
    const { method, url: path, rawHeaders: headers } = incoming;
    const onward = request({ agent: this.#agent, hostname, port, method, path, headers }, (reply) => {
      relay(reply, answer, fault);
    });
    onward.on('error', () => answer.destroy());
    answer.on('close', () => onward.destroy());
    incoming.pipe(onward);
  }
}

function relay(reply: IncomingMessage, answer: ServerResponse, fault: Fault | undefined): void {
  reply.on('error', () => answer.destroy());
  if (fault?.kind === 'lose answer') {
    reply.resume().on('end', () => answer.socket?.resetAndDestroy());
    return;
  }
  const changed = fault?.kind === 'headers' ? fault.change : {};
  answer.writeHead(reply.statusCode ?? 502, { ...reply.headers, ...changed });
  if (fault?.kind === 'cut' || fault?.kind === 'stall') void relaySome(reply, answer, fault);
  else reply.pipe(answer);
}

async function relaySome(
  reply: IncomingMessage,
  answer: ServerResponse,
  fault: Extract<Fault, { kind: 'cut' | 'stall' }>,
): Promise<void> {
  let left = fault.after;
  for await (const chunk of reply) {
    const piece = (chunk as Buffer).subarray(0, left);
    await new Promise((resolve) => answer.write(piece, resolve));
    left -= piece.length;
    if (left === 0) break;
  }
  if (fault.kind === 'stall') return;
  if (fault.by === 'reset') answer.socket?.resetAndDestroy();
  else answer.socket?.end();
}

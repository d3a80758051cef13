import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface ReceivedRequest {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** How a request is answered: with a status, which may come later, or never. */
export type ReceiverAnswer = (request: ReceivedRequest) => number | Promise<number> | 'never';

export interface WebhookReceiver {
  readonly url: string;
  readonly received: ReceivedRequest[];
  /** 200 unless it is set to something else. */
  answer: ReceiverAnswer;
  stop(): Promise<void>;
}

/** A server of one's own that takes webhooks. */
export async function startReceiver(): Promise<WebhookReceiver> {
  const received: ReceivedRequest[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) {
      chunks.push(chunk);
    }
    const seen = { headers: request.headers, body: Buffer.concat(chunks).toString() };
    received.push(seen);
    const status = await receiver.answer(seen);
    if (status !== 'never') {
      response.writeHead(status, status === 302 ? { location: 'http://127.0.0.1:1/' } : {}).end();
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const receiver: WebhookReceiver = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`,
    received,
    answer: () => 200,
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return receiver;
}

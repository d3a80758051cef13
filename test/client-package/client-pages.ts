import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { ModuleKind, ScriptTarget, transpileModule } from 'typescript';
import { packageRoot } from '../../src/config/package-root.js';

const sources = join(packageRoot, 'packages/client/src');

const html = `<!doctype html><meta charset="utf-8"><title>Client</title><link rel="icon" href="data:,"><input type="file">
<script type="module">globalThis.granary = await import('/client/index.js');</script>`;

interface Answer {
  contentType: string;
  body: string;
}

/** A page that has the client as `granary`, with the client's modules; undefined for other paths. */
export async function clientPage(path: string): Promise<Answer | undefined> {
  const [, name] = /^\/client\/([\w/-]+)\.js$/.exec(path) ?? [];
  if (name === undefined) {
    return path === '/page' ? { contentType: 'text/html', body: html } : undefined;
  }
  const compilerOptions = { module: ModuleKind.ESNext, target: ScriptTarget.ES2022, verbatimModuleSyntax: true };
  const { outputText } = transpileModule(await readFile(join(sources, `${name}.ts`), 'utf8'), { compilerOptions });
  return { contentType: 'text/javascript', body: outputText };
}

/** Serves the page at an origin of its own. */
export async function serveClientPages(): Promise<{ origin: string; stop(): Promise<void> }> {
  const server = createServer((request, response) => {
    void clientPage(request.url ?? '').then((answer) => {
      response.writeHead(answer === undefined ? 404 : 200, { 'content-type': answer?.contentType ?? 'text/plain' });
      response.end(answer?.body);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    origin: `http://127.0.0.1:${port}`,
    stop: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

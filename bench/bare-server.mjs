// What each figure is measured against: the least that node:http and PostgreSQL can do for the same bytes.
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open, unlink } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import pg from 'pg';

const [databaseUrl, directory] = process.argv.slice(2);
const pool = new pg.Pool({ connectionString: databaseUrl, max: 20 });
let files = 0;

const routes = {
  /** One prepared SELECT, its bytes as the answer. */
  'GET /row': async (url, _request, response) => {
    const { rows } = await pool.query({
      name: 'bare_select',
      text: 'SELECT content FROM bench_bare WHERE key = $1',
      values: [url.slice(url.lastIndexOf('/') + 1)],
    });
    response.writeHead(200, { 'content-length': rows[0].content.length });
    response.end(rows[0].content);
  },
  /** One durable INSERT of the body. */
  'PUT /row': async (url, request, response) => {
    const chunks = [];
    for await (const chunk of request) {
      chunks.push(chunk);
    }
    await pool.query({
      name: 'bare_insert',
      text: 'INSERT INTO bench_bare (key, content) VALUES ($1, $2)',
      values: [url.slice(url.lastIndexOf('/') + 1), chunks.length === 1 ? chunks[0] : Buffer.concat(chunks)],
    });
    response.writeHead(200, { 'content-length': 0 });
    response.end();
  },
  /** A file to the socket. */
  'GET /file': async (_url, request, response) => {
    const file = join(directory, 'bare-source');
    response.writeHead(200, { 'content-length': Number(request.headers['x-size']) });
    await pipeline(createReadStream(file), response);
  },
  /** The socket to a file, on stable storage before the answer. */
  'PUT /file': async (_url, request, response) => receive(request, response, () => undefined),
  /** The same, with the MD5 that an ETag needs. */
  'PUT /md5': async (_url, request, response) => {
    const md5 = createHash('md5');
    await receive(request, response, (chunk) => md5.update(chunk));
  },
};

async function receive(request, response, look) {
  const path = join(directory, `bare-${files++}`);
  const file = await open(path, 'w');
  for await (const chunk of request) {
    look(chunk);
    await file.write(chunk);
  }
  await file.sync();
  await file.close();
  response.writeHead(200, { 'content-length': 0 });
  response.end();
  await unlink(path);
}

const server = createServer((request, response) => {
  const kind = request.url.split('/', 2)[1];
  routes[`${request.method} /${kind}`](request.url, request, response).catch((error) => {
    process.stderr.write(`${error.stack}\n`);
    response.destroy();
  });
});
server.listen(0, '127.0.0.1', () => process.stdout.write(`listening on ${server.address().port}\n`));

import type { FastifyInstance } from 'fastify';

const page = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Granary</title>
<h1>Granary</h1>
<ul>
  <li><a href="graphiql">/graphiql</a>: try the API</li>
  <li>/graphql: the API</li>
  <li><a href="health">/health</a> and <a href="ready">/ready</a>: for monitors</li>
</ul>
`;

/** `/`: names the addresses, and nothing else; relative ones, for it may be reached below another path. */
export function mountStartPage(app: FastifyInstance): void {
  app.get('/', (_request, reply) =>
    reply.type('text/html; charset=utf-8').header('content-security-policy', "default-src 'none'").send(page),
  );
}

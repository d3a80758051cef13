// What a page by GraphQL is measured against: Apollo on fastify, and a resolver that gives the same rows out of memory.
import { ApolloServer } from '@apollo/server';
import { fastifyApolloHandler } from '@as-integrations/fastify';
import { fastify } from 'fastify';

const typeDefs = `
  type Query { bucket(name: String!): Bucket }
  type Bucket { objects(first: Int!): ObjectConnection! }
  type ObjectConnection { nodes: [StoredObject!]! }
  type StoredObject { key: String! size: Float! contentType: String! createdAt: String! }
`;

const nodes = Array.from({ length: 50 }, (_, i) => ({
  key: `object-${String(i).padStart(3, '0')}`,
  size: 4,
  contentType: 'text/plain',
  createdAt: '2026-01-01T00:00:00.000Z',
}));

const apollo = new ApolloServer({ typeDefs, resolvers: { Query: { bucket: () => ({ objects: { nodes } }) } } });
await apollo.start();
const app = fastify();
app.route({ method: 'POST', url: '/graphql', handler: fastifyApolloHandler(apollo) });
await app.listen({ host: '127.0.0.1', port: 0 });
process.stdout.write(`listening on ${app.server.address().port}\n`);
process.once('SIGTERM', () => app.close().then(() => apollo.stop()));

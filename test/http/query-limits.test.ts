import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type GraphQLObjectType,
  getNamedType,
  getNullableType,
  isCompositeType,
  isListType,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
  parse,
} from 'graphql';
import { packageRoot } from '../../src/config/package-root.js';
import { costOf } from '../../src/resolvers/complexity.js';
import { lengthOf, usualLength } from '../../src/resolvers/list-lengths.js';
import { buildGranarySchema } from '../../src/resolvers/schema.js';
import { quickest } from '../support/quickest.js';
import { startTestServer, type TestServer } from '../support/server.js';

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
  await server.login();
});

afterAll(async () => server.stop());

const fanOut = [...Array(30).keys()].map((n) => `fragment F${n} on Viewer { ...F${n + 1} ...F${n + 1} }`).join(' ');

const excesses: [string, string][] = [
  ['1,000 aliases', `{ ${[...Array(1000).keys()].map((n) => `a${n}: viewer { roles }`).join(' ')} }`],
  ['1,000 aliases of a meta field', `{ ${[...Array(1000).keys()].map((n) => `a${n}: __typename`).join(' ')} }`],
  ['a fan-out of fragments', `{ viewer { ...F0 } } ${fanOut} fragment F30 on Viewer { roles }`],
  [
    'a fan-out of fields',
    `{ viewer { ...F0 } } ${fanOut.replaceAll('Viewer {', 'Viewer { x: roles')} fragment F30 on Viewer { roles }`,
  ],
  ['fragments in a circle', '{ viewer { ...A } } fragment A on Viewer { ...B } fragment B on Viewer { ...A }'],
  ['depth 100', `${'{ a '.repeat(100)}${'}'.repeat(100)}`],
  ['depth 1,000', `${'{ a '.repeat(1000)}${'}'.repeat(1000)}`],
  ['500 directives', `{ viewer { roles ${'@include(if: true) '.repeat(500)} } }`],
  ['60 root fields', `{ ${'viewer { roles } '.repeat(60)} }`],
  ['60 root fields in a fragment', `{ ...A } fragment A on Query { ${'viewer { roles } '.repeat(60)} }`],
  ['20,000 tokens', `{ ${'viewer { roles } '.repeat(5000)} }`],
];

test.each(excesses)('%s are refused in under 50 ms', async (_name, query) => {
  const took = await quickest(async () => {
    const { data, errors } = await server.graphql(query);
    expect(data ?? undefined).toBeUndefined();
    expect(errors?.[0]?.extensions?.code).toBe('QUERY_TOO_COMPLEX');
  });
  // The bound is of the server's work; a machine shared with other tests needs a lot of slack.
  expect(took).toBeLessThan(1000);
});

test('pages inside pages cost what they can give', async () => {
  const page = 'nodes { versions(first: 100) { nodes { key } } }';
  const query = `{ buckets(first: 100) { nodes { objects(first: 100) { ${page} } } } }`;
  expect((await server.graphql(query)).errors?.[0]?.extensions?.code).toBe('QUERY_TOO_COMPLEX');
});

test('an ordinary page, and the whole schema, are not too much', async () => {
  const page = '{ buckets(first: 50) { totalCount nodes { id name owner { username } usage { bytes } } } }';
  expect((await server.graphql(page)).errors).toBeUndefined();
  const { getIntrospectionQuery } = await import('graphql');
  const introspection = getIntrospectionQuery({
    inputValueDeprecation: true,
    specifiedByUrl: true,
    descriptions: true,
  });
  expect((await server.graphql(introspection, {}, null)).errors).toBeUndefined();
});

test('every answer says what it cost, by the formula that is documented', async () => {
  const limit = 20_000;
  const costs: [query: string, requested: number][] = [
    ['{ viewer { roles } }', 1 + 1],
    // The field, and for each of 50 rows: `nodes`, and in it two fields.
    ['{ buckets(first: 50) { nodes { id name } } }', 1 + 50 * (1 + 2)],
    ['{ buckets(first: 50) { totalCount } }', 1 + 50 * 50],
    ['{ nodes(ids: ["a", "b"]) { id } }', 1 + 2 * 1],
    ['{ viewer { ...on Viewer { roles @include(if: false) } } }', 1],
    // Lists without pages, by how long they get: groups 50, policies 20, others 10.
    ['{ viewer { user { groups { name policies { name } } } } }', 1 + 1 + 1 + 50 * (1 + 1 + 20 * 1)],
    ['{ signInMethods { providers { displayName } } }', 1 + 1 + 10 * 1],
    ['{ upload(id: "a") { partUrls { url } } }', 1 + 1 + 100 * 1],
    ['{ upload(id: "a") { partUrls(partNumbers: [7, 8]) { url } } }', 1 + 1 + 2 * 1],
    ['{ bucket(name: "a") { lifecycle { enabled } tags { key } } }', 1 + 1 + 100 * 1 + 1 + 50 * 1],
    ['{ bucket(name: "a") { folder(path: "b/") { breadcrumb { name path } } } }', 1 + 1 + 1 + 150 * 2],
  ];
  for (const [query, requested] of costs) {
    expect([query, (await server.graphql(query)).extensions]).toEqual([query, { cost: { requested, limit } }]);
  }
  const dear = '{ buckets(first: 100) { nodes { objects(first: 100) { nodes { key size } } } } }';
  const { errors, extensions } = await server.graphql(dear);
  expect(errors?.[0]?.message).toContain('costs 30201');
  expect(extensions).toEqual({ cost: { requested: 30_201, limit } });
});

/** How long each list without pages gets, as far as something sets a bound to it; 10 is what the others count as. */
const bounds: Record<string, number> = {
  'AccessControlList.grants': 100,
  'AccessExplanation.nearlyMatching': 20,
  'AccessKey.policies': 20,
  'Bucket.cors': 100,
  // Of these four, 1000, 1000, 1000 and 200 may be set.
  'Bucket.lifecycle': 100,
  'BucketReplication.rules': 100,
  'LdapDirectory.mappings': 100,
  'OidcProvider.rules': 100,
  'Bucket.notifications': 100,
  'Bucket.placement': 100,
  'Bucket.tags': 50,
  'BucketLogging.grants': 100,
  'BucketReplication.targets': 20,
  'DamagedBlob.versions': 20,
  'DeleteObjectsPayload.objects': 1000,
  'DeleteObjectsPayload.userErrors': 1000,
  // The longest has 1024, and one in the other is then a million.
  'Folder.breadcrumb': 150,
  'Group.inlinePolicies': 20,
  'Group.policies': 20,
  'IamRole.inlinePolicies': 20,
  'IamRole.policies': 20,
  'IamRole.tags': 50,
  'StagedUpload.partUrls': 100,
  'StoredObject.replications': 20,
  'UploadObjectsPayload.objects': 100,
  'UploadObjectsPayload.userErrors': 100,
  'User.effectivePolicies': 100,
  'User.groups': 50,
  'User.inlinePolicies': 20,
  'User.policies': 20,
  'User.tags': 50,
  'Website.routingRules': 50,
};
/** Which always have fewer than the usual length. */
const shorter: Record<string, number> = { 'Policy.versions': 5 };

test('every list without pages is weighed by as many items as it gets', async () => {
  const types = Object.values(buildGranarySchema().getTypeMap()).filter(
    (type) => isObjectType(type) && !/^__|Connection$/.test(type.name),
  ) as GraphQLObjectType[];
  const lists = types.flatMap((type) =>
    Object.values(type.getFields())
      .filter((field) => isListType(getNullableType(field.type)) && isCompositeType(getNamedType(field.type)))
      .map((field) => ({ name: `${type.name}.${field.name}`, weight: lengthOf(type.name, field, {}) })),
  );
  expect(Object.keys({ ...bounds, ...shorter }).filter((name) => !lists.some((list) => list.name === name))).toEqual(
    [],
  );
  const tooLight = lists.filter(({ name, weight }) => weight < (bounds[name] ?? shorter[name] ?? usualLength));
  expect(tooLight).toEqual([]);
  const { data } = await server.graphql('{ policyActions { name } }');
  const actions = lists.find(({ name }) => name === 'Query.policyActions');
  expect(actions?.weight).toBeGreaterThanOrEqual(data.policyActions.length);
});

test('what the client package asks for may be asked for, whole pages of it too', async () => {
  const folder = join(packageRoot, 'packages', 'client', 'operations');
  const sources = await Promise.all((await readdir(folder)).map((name) => readFile(join(folder, name), 'utf8')));
  const document = parse(sources.join('\n'));
  const queries = document.definitions.filter(
    (node) => node.kind === Kind.OPERATION_DEFINITION && node.operation === 'query',
  ) as OperationDefinitionNode[];
  const costs = queries.map(({ name, variableDefinitions = [] }) => {
    const given = variableDefinitions
      .filter(({ type, defaultValue }) => type.kind === Kind.NON_NULL_TYPE && defaultValue === undefined)
      .map(({ variable }) => [variable.name.value, 'x']);
    const variables = { ...Object.fromEntries(given), first: 100 };
    return {
      name: name?.value,
      ...costOf({ schema: buildGranarySchema(), document, operationName: name?.value, variables }),
    };
  });
  expect(costs.length).toBeGreaterThan(20);
  expect(costs.filter(({ requested, limit }) => requested > limit)).toEqual([]);
});

test('a GET with an odd Content-Type is refused', async () => {
  const url = `${server.httpUrl}/graphql?query=${encodeURIComponent('{ __typename }')}`;
  const ask = (type: string) => fetch(url, { headers: { 'content-type': type, 'apollo-require-preflight': 'true' } });
  expect((await ask('text/plain')).status).toBe(415);
  expect((await ask('application/json; charset=utf-8')).status).toBe(200);
  expect((await ask('nonsense')).status).toBe(415);
});

test('a batch is refused', async () => {
  const response = await fetch(`${server.httpUrl}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify([{ query: '{ __typename }' }, { query: '{ __typename }' }]),
  });
  expect(response.status).toBe(400);
});

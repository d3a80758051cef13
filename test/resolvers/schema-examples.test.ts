// The examples in the descriptions of the schema, and those of the documentation, fit the schema.
import { readdir, readFile } from 'node:fs/promises';
import { isObjectType, NoUndefinedVariablesRule, parse, specifiedRules, validate } from 'graphql';
import { buildGranarySchema } from '../../src/resolvers/schema.js';

const schema = buildGranarySchema();

/** How an example of a type's field becomes a document. */
const wrap: Record<string, (example: string) => string> = {
  Query: (example) => `{ ${example} }`,
  Mutation: (example) => `mutation { ${example} }`,
  Subscription: (example) => `subscription { ${example} }`,
  Bucket: (example) => `{ bucket(name: "photos") { ${example} } }`,
};

const examples = Object.values(schema.getTypeMap())
  .filter(isObjectType)
  .flatMap((type) =>
    Object.values(type.getFields()).flatMap((field) => {
      const example = /Example: `([^`]+)`/.exec(field.description ?? '')?.[1];
      return example === undefined ? [] : [{ name: `${type.name}.${field.name}`, type: type.name, example }];
    }),
  );

test('the main fields have an example', () => {
  expect(examples.map(({ name }) => name)).toEqual(
    expect.arrayContaining([
      ...['Query.object', 'Query.search', 'Query.explainAccess', 'Bucket.objects', 'Subscription.objectEvents'],
      ...[
        'login',
        'createBucket',
        'uploadObject',
        'startUpload',
        'createAccessKey',
        'putBucketPolicy',
        'copyFolder',
      ].map((name) => `Mutation.${name}`),
      'Mutation.createShareLink',
    ]),
  );
});

test.each(examples)('the example of $name is valid', ({ type, example }) => {
  // Variables stand for what the caller has.
  const rules = specifiedRules.filter((rule) => rule !== NoUndefinedVariablesRule);
  const document = parse(wrap[type]?.(example) ?? example);
  expect(validate(schema, document, rules).map(({ message }) => message)).toEqual([]);
});

test('the examples of the documentation are valid', async () => {
  const names = (await readdir('docs')).filter((name) => name.endsWith('.md')).map((name) => `docs/${name}`);
  const pages = await Promise.all(['README.md', ...names].map((name) => readFile(name, 'utf8')));
  const all = pages.flatMap((page) => [...page.matchAll(/```graphql\n(.*?)```/gs)].map(([, example = '']) => example));
  // Some show an input alone.
  const documents = all.filter((example) => /^(query|mutation|subscription|fragment|\{)/.test(example));
  expect(documents.length).toBeGreaterThan(20);
  const problems = documents.flatMap((example) => validate(schema, parse(example)));
  expect(problems.map(({ message }) => message)).toEqual([]);
});

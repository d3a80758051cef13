// The examples in the descriptions of the schema fit the schema.
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

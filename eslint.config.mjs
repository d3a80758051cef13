// Lints schema.graphql alone, which clients read; the code is biome's.
import graphqlPlugin from '@graphql-eslint/eslint-plugin';

const rule = (name) => `@graphql-eslint/${name}`;
const recommended = graphqlPlugin.configs['flat/schema-recommended'].rules;
const [, naming] = recommended[rule('naming-convention')];

export default [
  {
    files: ['schema.graphql'],
    plugins: { '@graphql-eslint': graphqlPlugin },
    languageOptions: { parser: graphqlPlugin.parser, parserOptions: { graphQLConfig: { schema: './schema.graphql' } } },
    rules: {
      ...recommended,
      // Values, payloads and pages have no identity of their own.
      [rule('strict-id-in-types')]: 'off',
      // AWS's own names: an access key has an `accessKeyId`.
      [rule('no-typename-prefix')]: 'off',
      // RFC 8037's own name of a signature algorithm.
      [rule('naming-convention')]: [
        'error',
        { ...naming, EnumValueDefinition: { style: 'UPPER_CASE', ignorePattern: '^EdDSA$' } },
      ],
      ...graphqlPlugin.configs['flat/schema-relay'].rules,
      // What the Relay specification asks for, and not the habits that these rules have besides: a connection may go
      // one way only, and the ends of edges, and lists that are no pages (`nodes`, `userErrors`), may be any type.
      // https://relay.dev/graphql/connections.htm
      [rule('relay-arguments')]: ['error', { includeBoth: false }],
      [rule('relay-edge-types')]: ['error', { shouldImplementNode: false, listTypeCanWrapOnlyEdgeType: false }],
      [rule('require-description')]: [
        'error',
        {
          types: true,
          rootField: true,
          DirectiveDefinition: true,
          EnumValueDefinition: true,
          FieldDefinition: true,
          InputValueDefinition: true,
        },
      ],
    },
  },
];

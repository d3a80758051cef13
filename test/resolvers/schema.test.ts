import { readFile } from 'node:fs/promises';
import {
  GraphQLString,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isObjectType,
  printSchema,
  validateSchema,
} from 'graphql';
import { protocolCodes, reasonCodes } from '../../src/resolvers/errors.js';
import { buildGranarySchema } from '../../src/resolvers/schema.js';
import { ErrorCode } from '../../src/resolvers/user-error.js';
import { errorCodes } from '../../src/wire/error-codes.js';

const schema = buildGranarySchema();

test('the documentation names the types that have ids', async () => {
  const page = await readFile('docs/graphql.md', 'utf8');
  const [, sentence = ''] = /These types have ids: ([^.]*)\./.exec(page) ?? [];
  const named = [...sentence.matchAll(/`(\w+)`/g)].map(([, name]) => name);
  const node = schema.getType('Node');
  const types = isInterfaceType(node) ? schema.getPossibleTypes(node).map(({ name }) => name) : [];
  expect(named).toEqual(types.toSorted());
});

/** What stands in backquotes in the first cells of the rows of a table. */
const namesIn = (table: string) =>
  table.split('\n').flatMap((row) => [...(row.split('|')[1] ?? '').matchAll(/`([A-Z_]+)`/g)].map(([, name]) => name));

test('the documentation names every code of errors', async () => {
  const page = await readFile('docs/graphql.md', 'utf8');
  const [, section = ''] = /^## Errors$(.*?)^## /ms.exec(page) ?? [];
  const [ofUsers = '', ofRequests = ''] = section.split('Everything else');
  expect(namesIn(ofUsers).toSorted()).toEqual(Object.keys(ErrorCode).toSorted());
  const beside = [...Object.values(errorCodes), ...Object.values(reasonCodes)].filter((code) => !(code in ErrorCode));
  expect(namesIn(ofRequests).toSorted()).toEqual(
    [...new Set([...protocolCodes, ...beside, 'RATE_LIMITED'])].toSorted(),
  );
});

test('the documentation names the lists that only go forward', async () => {
  const page = await readFile('docs/graphql.md', 'utf8');
  const [, sentence = ''] = /these go forward only and take `first`: ([^.]*)\./.exec(page) ?? [];
  const named = [...sentence.matchAll(/`(\w+)`/g)].map(([, name]) => name);
  const lists = Object.values(schema.getTypeMap())
    .flatMap((type) => (isObjectType(type) ? Object.values(type.getFields()) : []))
    .filter(({ args }) => args.some(({ name, type }) => name === 'after' && type === GraphQLString))
    .filter(({ args }) => args.some(({ name }) => name === 'first') && !args.some(({ name }) => name === 'last'));
  expect(named.toSorted()).toEqual(lists.map(({ name }) => name).toSorted());
});

test('the schema is one that GraphQL allows', () => {
  expect(validateSchema(schema)).toEqual([]);
});

test('every type, field, argument and enum value is described', () => {
  const undescribed: string[] = [];
  const check = (place: string, { description }: { description?: string | null }) => {
    if (!description) {
      undescribed.push(place);
    }
  };
  for (const type of Object.values(schema.getTypeMap()).filter(({ name }) => !name.startsWith('__'))) {
    check(type.name, type);
    if (isEnumType(type)) {
      for (const value of type.getValues()) {
        check(`${type.name}.${value.name}`, value);
      }
    }
    if (isInputObjectType(type)) {
      for (const field of Object.values(type.getFields())) {
        check(`${type.name}.${field.name}`, field);
      }
    }
    if (isObjectType(type) || isInterfaceType(type)) {
      for (const field of Object.values(type.getFields())) {
        check(`${type.name}.${field.name}`, field);
        for (const argument of field.args) {
          check(`${type.name}.${field.name}(${argument.name})`, argument);
        }
      }
    }
  }
  expect(undescribed).toEqual([]);
});

test('no secret of an entity is a field', () => {
  expect(printSchema(schema)).not.toMatch(/passwordHash|secretSealed|privateSealed|digest\b.*: /);
});

test('the names that clients rely on have their types', () => {
  const printed = printSchema(schema)
    .replaceAll(/""".*?"""\s*/gs, '')
    .replaceAll(/\s+/g, ' ');
  for (const line of [
    'node( id: ID! ): Node',
    'nodes( ids: [ID!]! ): [Node]!',
    'viewer: Viewer!',
    'entries( after: String first: Int folder: String ): FolderEntryConnection!',
    'downloadUrl( expiresIn: Int = 300 ): URL',
    'union FolderEntry = Folder | StoredObject',
    'size: SafeInt!',
    'sha256: String',
    'userErrors: [UserError!]!',
    'file: Upload!',
  ]) {
    expect(printed).toContain(line);
  }
});

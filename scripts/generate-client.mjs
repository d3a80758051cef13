// Makes the typed operations of packages/client out of its documents and the schema: the same text for the same input.
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { codegen } from '@graphql-codegen/core';
import * as schemaTypes from '@graphql-codegen/typescript';
import * as operationTypes from '@graphql-codegen/typescript-operations';
import { buildSchema, Kind, parse, print, stripIgnoredCharacters, validate, visit } from 'graphql';
import { root } from './compile.mjs';

const documents = join(root, 'packages/client/operations');
/** Where the text belongs that {@link generateClient} makes. */
export const clientOperations = join(root, 'packages/client/src/generated/operations.ts');

const banner = `// Made by \`npm run schema\` from schema.graphql and the documents in packages/client/operations. Do not edit.
import type { TypedDocument } from '../typed-document.js';

`;
const typeOptions = {
  enumType: 'string-literal',
  immutableTypes: true,
  inlineFragmentTypes: 'combine',
  skipTypename: true,
  useTypeImports: true,
  strictScalars: true,
  scalars: {
    DateTime: 'string',
    JSON: 'unknown',
    JSONObject: 'Readonly<Record<string, unknown>>',
    SafeInt: 'number',
    URL: 'string',
    Upload: 'Blob',
  },
};

/** The text of the client's operations for a schema. Throws where a document does not fit it. */
export async function generateClient(schemaText) {
  const schema = parse(schemaText);
  const document = await readDocuments();
  const problems = validate(buildSchema(schemaText), document);
  if (problems.length > 0) {
    throw new Error(`packages/client/operations does not fit the schema:\n${problems.join('\n\n')}`);
  }
  const types = await codegen({
    filename: clientOperations,
    schema,
    documents: [{ location: documents, document }],
    config: typeOptions,
    plugins: [{ operationTypes: {} }],
    pluginMap: { operationTypes },
    skipDocumentsValidation: true,
  });
  return `${banner}${types.trim()}\n\n${printDocuments(document)}`;
}

/** Declarations of everything in the schema, for who writes operations of its own. */
export async function generateSchemaTypes(schemaText) {
  return codegen({
    filename: 'schema.d.ts',
    schema: parse(schemaText),
    documents: [],
    config: { ...typeOptions, enumsAsTypes: true },
    plugins: [{ schemaTypes: {} }],
    pluginMap: { schemaTypes },
  });
}

async function readDocuments() {
  const names = (await readdir(documents)).filter((name) => name.endsWith('.graphql')).sort();
  const texts = await Promise.all(names.map((name) => readFile(join(documents, name), 'utf8')));
  return parse(texts.join('\n'), { noLocation: true });
}

// Plain texts instead of syntax trees: an operation that a front end does not use is left out of its bundle.
function printDocuments({ definitions }) {
  const fragments = new Map(
    definitions.filter(({ kind }) => kind === Kind.FRAGMENT_DEFINITION).map((one) => [one.name.value, one]),
  );
  const operations = definitions.filter(({ kind }) => kind === Kind.OPERATION_DEFINITION);
  return operations.map((operation) => printOperation(operation, fragments)).join('\n');
}

function printOperation(operation, fragments) {
  const name = operation.name.value;
  const kind = operation.operation.replace(/^./, (letter) => letter.toUpperCase());
  const text = [operation, ...fragmentsOf(operation, fragments)].map(print).join('\n');
  const variables = `${name}${kind}Variables`;
  const type = `TypedDocument<${name}${kind}, ${variables}>`;
  return `export const ${name} = '${stripIgnoredCharacters(text).replaceAll("'", "\\'")}' as ${type};\n`;
}

function fragmentsOf(node, fragments, found = new Set()) {
  visit(node, {
    FragmentSpread({ name }) {
      const fragment = fragments.get(name.value);
      if (!found.has(fragment)) {
        found.add(fragment);
        fragmentsOf(fragment, fragments, found);
      }
    },
  });
  return found;
}

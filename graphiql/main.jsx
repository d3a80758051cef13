import 'graphiql/setup-workers/vite';
import 'graphiql/style.css';
import './main.css';
import { GraphiQL } from 'graphiql';
import { createRoot } from 'react-dom/client';

const firstQuery = `# Sign in, and put the access token into "Headers" below:
#   { "Authorization": "Bearer <accessToken>" }
mutation Login {
  login(input: { username: "admin", password: "" }) {
    accessToken
    expiresAt
    userErrors { code message }
  }
}

query Buckets {
  buckets(first: 20) {
    totalCount
    nodes { name versioning usage { objects bytes } }
  }
}
`;

const firstHeaders = JSON.stringify({ Authorization: '' }, null, 2);

async function fetcher(params, options = {}) {
  // An empty value stands there to be filled in; it is no token.
  const given = Object.entries(options.headers ?? {}).filter(([, value]) => value !== '');
  const response = await fetch('/graphql', {
    method: 'POST',
    headers: {
      accept: 'application/graphql-response+json, application/json',
      'content-type': 'application/json',
      'apollo-require-preflight': 'true',
      ...Object.fromEntries(given),
    },
    body: JSON.stringify(params),
  });
  return response.json();
}

createRoot(document.getElementById('graphiql')).render(
  <GraphiQL
    fetcher={fetcher}
    defaultQuery={firstQuery}
    defaultHeaders={firstHeaders}
    defaultEditorToolsVisibility="headers"
    inputValueDeprecation
    schemaDescription
  />,
);

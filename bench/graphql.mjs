/** An access token of the administrator. */
export async function signIn({ httpPort, password }) {
  const { data } = await post(httpPort, {
    query: 'mutation ($input: LoginInput!) { login(input: $input) { accessToken userErrors { message } } }',
    variables: { input: { username: 'admin', password } },
  });
  return data.login.accessToken;
}

/** One operation with a token; fails when it does. */
export async function graphql({ httpPort }, { token, query }) {
  const answer = await post(httpPort, { query }, { authorization: `Bearer ${token}` });
  if (answer.errors !== undefined || JSON.stringify(answer).includes('"message"')) {
    throw new Error(JSON.stringify(answer));
  }
}

async function post(port, body, headers = {}) {
  const response = await fetch(`http://127.0.0.1:${port}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
  return response.json();
}

/** What stands before and after a file's bytes in a GraphQL multipart request. */
export function uploadRequest({ token, bucket, key }) {
  const boundary = 'granary-bench-boundary';
  const operations = JSON.stringify({
    query:
      'mutation ($input: UploadObjectInput!) { uploadObject(input: $input) { object { size } userErrors { message } } }',
    variables: { input: { bucket, key, file: null } },
  });
  const field = (name, value) => `--${boundary}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`;
  const before =
    field('operations', operations) +
    field('map', '{"0":["variables.input.file"]}') +
    `--${boundary}\r\nContent-Disposition: form-data; name="0"; filename="file"\r\n` +
    'Content-Type: application/octet-stream\r\n\r\n';
  return {
    headers: {
      host: '127.0.0.1',
      authorization: `Bearer ${token}`,
      'apollo-require-preflight': 'true',
      'content-type': `multipart/form-data; boundary=${boundary}`,
    },
    before: Buffer.from(before),
    after: Buffer.from(`\r\n--${boundary}--\r\n`),
  };
}

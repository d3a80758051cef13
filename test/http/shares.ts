import type { TestServer } from '../support/server.js';

export interface MadeShare {
  id: string;
  token: string;
  url: string;
}

/** Makes a share link as the administrator, or with another token; throws when that is refused. */
export async function share(server: TestServer, input: object, token?: string): Promise<MadeShare> {
  const { data, errors } = await tryToShare(server, input, token);
  if (errors !== undefined || data.createShareLink.userErrors.length > 0) {
    throw new Error(JSON.stringify(errors ?? data.createShareLink.userErrors));
  }
  const { shareLink, url, token: secret } = data.createShareLink;
  return { id: shareLink.id, token: secret, url };
}

export function tryToShare(server: TestServer, input: object, token?: string) {
  const query = `mutation($input: CreateShareLinkInput!) {
    createShareLink(input: $input) { shareLink { id expiresAt state } url token userErrors { code field message } }
  }`;
  return server.graphql(query, { input }, token);
}

/** Runs a mutation of the usual form and gives its user errors. */
export async function change(server: TestServer, mutation: string, input: object, token?: string): Promise<object[]> {
  const type = `${mutation.charAt(0).toUpperCase()}${mutation.slice(1)}Input`;
  const query = `mutation($input: ${type}!) { answer: ${mutation}(input: $input) { userErrors { code field message } } }`;
  const { data, errors } = await server.graphql(query, { input }, token);
  if (errors !== undefined) {
    throw new Error(JSON.stringify(errors));
  }
  return data.answer.userErrors;
}

/** What a visitor gets: of the page as a browser, of everything else as a program. */
export async function visit(url: string, init: RequestInit & { as?: 'browser' } = {}) {
  const { as, ...rest } = init;
  const accept = as === 'browser' ? 'text/html,application/xhtml+xml' : 'application/json';
  const response = await fetch(url, { redirect: 'manual', ...rest, headers: { accept, ...rest.headers } });
  const text = await response.text();
  return { status: response.status, text, headers: response.headers, json: () => JSON.parse(text) };
}

/** What a program is given for a link's password, to send with everything else. */
export async function unlock(url: string, password: string): Promise<Record<string, string>> {
  const answer = await visit(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ password }),
  });
  expect(answer.status).toBe(200);
  return { 'granary-share-access': answer.json().access };
}

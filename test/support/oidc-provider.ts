import { join } from 'node:path';
import { exportJWK, generateKeyPair, type JWK } from 'jose';
import { packageRoot } from '../../src/config/package-root.js';
import { Browser } from './browser.js';
import { eventually, TestProcess } from './process.js';

/** What access tokens of {@link OidcTestProvider.accessToken} are for. */
export const resource = 'https://granary.test/api';

export const clientSecret = 'a-client-secret-of-granary';

/** The claims of each account; its name is `sub`. */
export type Accounts = Record<string, Record<string, unknown>>;

export interface OidcTestProvider {
  readonly issuer: string;
  /** With their private halves. */
  readonly keys: JWK[];
  /** A JWT access token for the account, by way of the provider's own pages. */
  accessToken(account: string): Promise<string>;
  /** How often it was asked for this path, since it was started last. */
  requests(path: string): Promise<number>;
  /** Ends the provider; {@link restart} brings it back at the same address. */
  stop(): Promise<void>;
  restart(change?: { keys?: JWK[]; accounts?: Accounts }): Promise<void>;
}

interface Options {
  accounts: Accounts;
  /** Where the client `granary` may be sent back to. */
  redirectUris?: string[];
  postLogoutRedirectUris?: string[];
  keys?: JWK[];
}

const spaRedirect = 'http://127.0.0.1:1/callback';
const verifier = 'of-a-test-of-a-test-of-a-test-of-a-test-of-a-test';
/** The SHA-256 of it, in base64url. */
const challenge = Buffer.from(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(verifier))).toString(
  'base64url',
);

/** A key pair as a provider keeps it. */
export async function newSigningKey(kid: string, alg = 'RS256'): Promise<JWK> {
  const { privateKey } = await generateKeyPair(alg, { extractable: true });
  return { ...(await exportJWK(privateKey)), kid, alg, use: 'sig' };
}

/** A real OpenID provider (the npm package oidc-provider) in a process of its own. */
export async function startOidcProvider(options: Options): Promise<OidcTestProvider> {
  let keys = options.keys ?? [await newSigningKey('first')];
  let accounts = options.accounts;
  let port = 0;
  let running: TestProcess | undefined;
  let marks = 0;
  const start = async (): Promise<string> => {
    running = new TestProcess([join(packageRoot, 'test/support/oidc-provider-process.mjs')], {
      env: { OIDC_CONFIG: JSON.stringify(configuration({ ...options, accounts, keys, port })) },
    });
    const [, address = ''] = await running.prints(/listening at (http:\S+)/);
    port = Number(new URL(address).port);
    return address;
  };
  const issuer = await start();
  return {
    issuer,
    get keys() {
      return keys;
    },
    accessToken: (account) => accessTokenOf(issuer, account),
    requests: async (path) => {
      const lines = () => running?.output.split('\n') ?? [];
      // What it prints comes later than its answers: a request of our own comes behind all that came before.
      const mark = `/mark-${++marks}`;
      await (await fetch(`${issuer}${mark}`)).arrayBuffer();
      await eventually(() => lines().includes(`GET ${mark}`));
      return lines().filter((line) => line === `GET ${path}`).length;
    },
    stop: async () => running?.dispose(),
    restart: async (change = {}) => {
      await running?.dispose();
      keys = change.keys ?? keys;
      accounts = change.accounts ?? accounts;
      await start();
    },
  };
}

function configuration({
  accounts,
  keys,
  port,
  redirectUris = [],
  postLogoutRedirectUris = [],
}: Options & { port: number }) {
  return {
    port,
    accounts,
    resource,
    jwks: { keys },
    tokenSeconds: 3600,
    clients: [
      {
        client_id: 'spa',
        token_endpoint_auth_method: 'none',
        application_type: 'native',
        redirect_uris: [spaRedirect],
      },
      {
        client_id: 'granary',
        client_secret: clientSecret,
        application_type: 'native',
        redirect_uris: redirectUris.length > 0 ? redirectUris : [spaRedirect],
        post_logout_redirect_uris: postLogoutRedirectUris,
      },
    ],
  };
}

async function accessTokenOf(issuer: string, account: string): Promise<string> {
  const parameters = new URLSearchParams({
    ...{ client_id: 'spa', response_type: 'code', redirect_uri: spaRedirect, scope: 'openid profile email' },
    ...{ resource, code_challenge: challenge, code_challenge_method: 'S256' },
  });
  const browser = new Browser(spaRedirect);
  const back = await browser.signInAtProvider(`${issuer}/auth?${parameters}`, account);
  const response = await fetch(`${issuer}/token`, {
    method: 'POST',
    body: new URLSearchParams({
      ...{ grant_type: 'authorization_code', client_id: 'spa', redirect_uri: spaRedirect, resource },
      ...{ code: back.searchParams.get('code') ?? '', code_verifier: verifier },
    }),
  });
  const answer = (await response.json()) as { access_token?: string };
  if (answer.access_token === undefined) {
    throw new Error(`The provider gave no token: ${JSON.stringify(answer)}`);
  }
  return answer.access_token;
}

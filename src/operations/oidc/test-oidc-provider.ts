import { GranaryError } from '../../errors.js';
import type { Granary, RequestContext } from '../context.js';
import { describeOidcFailure } from './oidc-client.js';
import { clientAuthentication } from './oidc-client-authentication.js';
import type { IssuerMetadata } from './oidc-issuers.js';
import { findManagedProvider } from './oidc-provider-access.js';
import type { OidcProviderState } from './oidc-providers.js';

/** What signing in by way of a provider needs of it, in the order in which it is tried. */
export type OidcStep = 'DISCOVERY' | 'KEYS' | 'AUTHORIZATION' | 'CLIENT';

export interface OidcStepResult {
  step: OidcStep;
  /** Null when the step succeeded. */
  problem: string | null;
}

/** The kinds of key that each algorithm signs with. */
const keyTypes: Record<string, string> = { RS: 'RSA', PS: 'RSA', ES: 'EC', Ed: 'OKP' };

/**
 * Asks a provider for all that signing in needs and says how each step went; for whoever may set one up. After a step that
 * fails the rest are not tried. Steps of the code flow are left out where it is not offered.
 */
export async function testOidcProvider(context: RequestContext, id: string): Promise<OidcStepResult[]> {
  const { granary } = context;
  const provider = await findManagedProvider(context, 'granary:TestOidcProvider', id);
  const found: { metadata?: IssuerMetadata } = {};
  const results: OidcStepResult[] = [];
  for (const [step, run] of stepsOf(granary, provider, found)) {
    let problem: string | null;
    try {
      problem = (await run()) ?? null;
    } catch (error) {
      problem = describeOidcFailure(error);
    }
    results.push({ step, problem });
    if (problem !== null) {
      break;
    }
  }
  // Whoever mends a provider expects it to work when the test says so.
  granary.oidc.issuers.forget(provider.issuer);
  return results;
}

/** Each step says what is not as it should be, or throws. */
type Step = [OidcStep, () => Promise<string | undefined>];

function stepsOf(granary: Granary, provider: OidcProviderState, found: { metadata?: IssuerMetadata }): Step[] {
  const { issuers } = granary.oidc;
  const metadata = () => found.metadata ?? notYet();
  const basic: Step[] = [
    [
      'DISCOVERY',
      async () => {
        found.metadata = await issuers.readMetadata(provider.issuer);
        return undefined;
      },
    ],
    ['KEYS', async () => keyProblem(provider, await issuers.readKeys(metadata().jwks_uri))],
  ];
  const browser: Step[] = [
    ['AUTHORIZATION', async () => authorizationProblem(metadata())],
    ['CLIENT', () => clientProblem(granary, provider, metadata())],
  ];
  return provider.offerLogin ? [...basic, ...browser] : basic;
}

function notYet(): never {
  throw new GranaryError('Internal', 'A step of a test ran before the one that it needs.');
}

function keyProblem({ algorithms }: OidcProviderState, keys: { kty: string }[]): string | undefined {
  const types = new Set(algorithms.map((algorithm) => keyTypes[algorithm.slice(0, 2)]));
  return keys.some(({ kty }) => types.has(kty))
    ? undefined
    : `None of its keys is for one of the algorithms ${algorithms.join(', ')}.`;
}

/** https://openid.net/specs/openid-connect-discovery-1_0.html#ProviderMetadata, https://www.rfc-editor.org/rfc/rfc8414 */
function authorizationProblem(metadata: IssuerMetadata): string | undefined {
  const { authorization_endpoint: address, response_types_supported: types } = metadata;
  if (typeof address !== 'string' || !URL.canParse(address)) {
    return 'It has no authorization endpoint.';
  }
  if (Array.isArray(types) && !types.includes('code')) {
    return 'It does not offer the code flow.';
  }
  const methods = metadata.code_challenge_methods_supported;
  return Array.isArray(methods) && !methods.includes('S256') ? 'It does not take PKCE with S256.' : undefined;
}

/**
 * A code that nobody was given is refused, but the client is authenticated first.
 * https://www.rfc-editor.org/rfc/rfc6749#section-5.2
 */
async function clientProblem(
  { oidc }: Granary,
  provider: OidcProviderState,
  metadata: IssuerMetadata,
): Promise<string | undefined> {
  if (typeof metadata.token_endpoint !== 'string' || !URL.canParse(metadata.token_endpoint)) {
    return 'It has no token endpoint.';
  }
  const { headers, parameters } = clientAuthentication(provider, metadata);
  const body = new URLSearchParams({
    ...{ grant_type: 'authorization_code', code: 'granary-test', redirect_uri: 'https://granary.invalid/' },
    ...{ code_verifier: 'granary-test-granary-test-granary-test-granary-test', ...parameters },
  });
  const response = await oidc.client.fetch(metadata.token_endpoint, {
    method: 'POST',
    headers: { accept: 'application/json', 'content-type': 'application/x-www-form-urlencoded', ...headers },
    body,
  });
  const code = await errorCodeOf(response);
  if (code === 'invalid_client' || code === 'unauthorized_client' || response.status === 401) {
    return 'It does not know the client, or does not take its secret.';
  }
  // Any other refusal is of the code, which is as it should be.
  return code === undefined ? `Its token endpoint answers with status ${response.status}.` : undefined;
}

async function errorCodeOf(response: Response): Promise<string | undefined> {
  try {
    const answer: unknown = await response.json();
    const code = typeof answer === 'object' && answer !== null && 'error' in answer ? answer.error : undefined;
    return typeof code === 'string' ? code : undefined;
  } catch {
    return undefined; // No answer of a token endpoint.
  }
}

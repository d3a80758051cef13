import {
  createLocalJWKSet,
  errors,
  type FlattenedJWSInput,
  type JWTHeaderParameters,
  type JWTVerifyGetKey,
} from 'jose';
import type { JsonValue } from 'openid-client';
import { GranaryError } from '../../errors.js';
import { describeOidcFailure, type OidcClient } from './oidc-client.js';

/** What an issuer says of itself. https://openid.net/specs/openid-connect-discovery-1_0.html#ProviderMetadata */
export interface IssuerMetadata {
  issuer: string;
  jwks_uri: string;
  [field: string]: JsonValue | undefined;
}

/** After this its documents are read again, while the old ones serve on. */
const freshMs = 10 * 60_000;

/** How long documents serve on while the issuer is away. */
const longestMs = 24 * 60 * 60_000;

/** After a failure it is left alone for so long. */
const pauseMs = 5_000;

/** Tokens that name an unknown key make the keys be read again, but no oftener than this. */
const unknownKeyMs = 10_000;

const mostKeys = 100;
const mostIssuers = 1_000;

interface Documents {
  readonly loadedAt: number;
  readonly metadata: IssuerMetadata;
  readonly keys: JWTVerifyGetKey;
}

/** The metadata and the keys of issuers that are configured; nothing in a token makes us ask anybody else. */
export class OidcIssuers {
  readonly #client: OidcClient;
  readonly #issuers = new Map<string, Issuer>();

  constructor(client: OidcClient) {
    this.#client = client;
  }

  /** @throws GranaryError Unavailable, with the issuer's name */
  async metadata(issuer: string): Promise<IssuerMetadata> {
    return (await this.#issuer(issuer).current()).metadata;
  }

  /**
   * Finds the key that a token names, for jose.
   * @throws GranaryError Unavailable when the issuer is away and its keys are not known.
   */
  async keyOf(issuer: string, header: JWTHeaderParameters, token: FlattenedJWSInput) {
    const known = this.#issuer(issuer);
    const { keys } = await known.current();
    try {
      return await keys(header, token);
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey)) {
        throw error;
      }
      const renewed = await known.renewedForUnknownKey();
      return renewed.keys(header, token);
    }
  }

  /** What the issuer says of itself now. Throws whatever goes wrong. */
  readMetadata(issuer: string): Promise<IssuerMetadata> {
    return readMetadata(this.#client, issuer);
  }

  /** The keys that are at this address now. Throws whatever goes wrong. */
  readKeys(address: string): Promise<{ kty: string }[]> {
    return readKeys(this.#client, address);
  }

  /** What was found out about an issuer is found out anew. */
  forget(issuer: string): void {
    this.#issuers.delete(issuer);
  }

  #issuer(issuer: string): Issuer {
    const known = this.#issuers.get(issuer);
    if (known !== undefined) {
      return known;
    }
    const [oldest] = this.#issuers.keys();
    if (this.#issuers.size >= mostIssuers && oldest !== undefined) {
      this.#issuers.delete(oldest);
    }
    const added = new Issuer(this.#client, issuer);
    this.#issuers.set(issuer, added);
    return added;
  }
}

/** One issuer's documents, and when it may be asked for them again. */
class Issuer {
  readonly #client: OidcClient;
  readonly #name: string;
  #documents: Documents | undefined;
  #loading: Promise<Documents> | undefined;
  #failure: { at: number; error: GranaryError } | undefined;
  #askedForUnknownKey = Number.NEGATIVE_INFINITY;

  constructor(client: OidcClient, name: string) {
    this.#client = client;
    this.#name = name;
  }

  async current(): Promise<Documents> {
    const age = Date.now() - (this.#documents?.loadedAt ?? Number.NEGATIVE_INFINITY);
    if (this.#documents === undefined || age > longestMs) {
      return this.#load();
    }
    if (age > freshMs) {
      this.#load().catch(() => undefined); // The old ones serve on; the next request asks again.
    }
    return this.#documents;
  }

  async renewedForUnknownKey(): Promise<Documents> {
    const documents = await this.current();
    if (this.#askedForUnknownKey + unknownKeyMs > Date.now()) {
      return this.#loading?.catch(() => documents) ?? documents;
    }
    this.#askedForUnknownKey = Date.now();
    return this.#load().catch(() => documents);
  }

  #load(): Promise<Documents> {
    if (this.#failure !== undefined && this.#failure.at + pauseMs > Date.now()) {
      return Promise.reject(this.#failure.error);
    }
    this.#loading ??= this.#read().finally(() => {
      this.#loading = undefined;
    });
    return this.#loading;
  }

  async #read(): Promise<Documents> {
    try {
      const metadata = await readMetadata(this.#client, this.#name);
      const keys = createLocalJWKSet({ keys: await readKeys(this.#client, metadata.jwks_uri) });
      this.#documents = { loadedAt: Date.now(), metadata, keys };
      this.#failure = undefined;
      return this.#documents;
    } catch (cause) {
      const message = `The issuer ${this.#name} cannot be asked. ${describeOidcFailure(cause)}`;
      const error = new GranaryError('Unavailable', message, { reason: 'IssuerUnavailable', cause });
      this.#failure = { at: Date.now(), error };
      throw error;
    }
  }
}

/** https://openid.net/specs/openid-connect-discovery-1_0.html#ProviderConfig */
async function readMetadata(client: OidcClient, issuer: string): Promise<IssuerMetadata> {
  const found = await readJson(client, `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`);
  if (!('issuer' in found) || found.issuer !== issuer) {
    throw new GranaryError('Unavailable', 'What answers there says that it is another issuer.');
  }
  if (!('jwks_uri' in found) || typeof found.jwks_uri !== 'string' || !URL.canParse(found.jwks_uri)) {
    throw new GranaryError('Unavailable', 'The provider does not say where its keys are.');
  }
  return { ...found, issuer, jwks_uri: found.jwks_uri };
}

async function readKeys(client: OidcClient, address: string): Promise<{ kty: string }[]> {
  const found = await readJson(client, address);
  const keys = 'keys' in found && Array.isArray(found.keys) ? found.keys.filter(isKey) : [];
  if (keys.length === 0) {
    throw new GranaryError('Unavailable', 'The provider has no keys that tokens can be checked with.');
  }
  return keys.slice(0, mostKeys);
}

/** Shared secrets have no place among public keys. https://www.rfc-editor.org/rfc/rfc7518#section-6.1 */
function isKey(key: unknown): key is { kty: string } {
  return typeof key === 'object' && key !== null && 'kty' in key && ['RSA', 'EC', 'OKP'].includes(String(key.kty));
}

async function readJson(client: OidcClient, address: string): Promise<object> {
  const response = await client.fetch(address, { headers: { accept: 'application/json' } });
  if (response.status !== 200) {
    throw new GranaryError('Unavailable', `The provider answered with status ${response.status}.`);
  }
  const found: unknown = await response.json();
  if (typeof found !== 'object' || found === null || Array.isArray(found)) {
    throw new GranaryError('Unavailable', 'The answer of the provider could not be understood.');
  }
  return found;
}

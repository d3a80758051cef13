import type { ClaimMapping, ClaimPaths, ClaimRule } from '../../auth/claim-mapping.js';
import type { SecretBox } from '../../auth/secret-box.js';
import { type Database, type Queryable, statement } from '../../database/database.js';
import type { Role } from '../../entities/enums.js';
import type { SigningAlgorithm } from '../../entities/signing-algorithm.js';

/** What signing in by way of an OpenID provider needs to know of it. */
export interface OidcProviderState {
  readonly id: string;
  /** The tenant of its users; null when its claims say which. */
  readonly tenant: { readonly id: number; readonly name: string } | null;
  readonly address: string;
  readonly displayName: string;
  readonly enabled: boolean;
  readonly issuer: string;
  readonly clientId: string;
  /** Null for a client that has none, and proves by PKCE alone that it asked. */
  readonly clientSecret: string | null;
  readonly audiences: readonly string[];
  readonly algorithms: readonly SigningAlgorithm[];
  readonly scopes: readonly string[];
  readonly clockSkewSeconds: number;
  readonly mapping: ClaimMapping;
  readonly acceptBearer: boolean;
  readonly offerLogin: boolean;
  readonly revision: number;
}

interface ProviderRow extends Omit<OidcProviderState, 'tenant' | 'clientSecret' | 'mapping'> {
  tenantId: number | null;
  tenantName: string | null;
  clientSecretSealed: Buffer | null;
  claims: ClaimPaths;
  rules: ClaimRule[];
  defaultTenant: string | null;
  defaultRole: Role | null;
}

const channel = 'granary_oidc_provider';

/** The second line of defence behind NOTIFY. */
const ttlMs = 30_000;

const selectProviders = `
  SELECT p.id, p.tenant_id AS "tenantId", t.name AS "tenantName", p.address, p.display_name AS "displayName", p.enabled, p.issuer,
    p.client_id AS "clientId", p.client_secret_sealed AS "clientSecretSealed", p.audiences, p.algorithms, p.scopes,
    p.clock_skew_seconds AS "clockSkewSeconds", p.claims, p.rules, p.default_tenant AS "defaultTenant",
    p.default_role AS "defaultRole", p.accept_bearer AS "acceptBearer", p.offer_login AS "offerLogin", p.revision
  FROM oidc_provider p LEFT JOIN tenant t ON t.id = p.tenant_id`;

const listEnabled = statement('list_enabled_oidc_providers', `${selectProviders} WHERE p.enabled ORDER BY p.address`);
const findProvider = statement('find_oidc_provider', `${selectProviders} WHERE p.id = $1`);
const notify = statement('notify_oidc_provider', `SELECT pg_notify('${channel}', '')`);

/** What the client secret of a provider is sealed for. */
export function oidcSecretSealContext(id: string): string {
  return `oidc_provider/${id}`;
}

/** Tells every process, when the transaction commits, that what it remembers of providers is old. */
export async function announceOidcChange(tx: Queryable): Promise<void> {
  await tx.query(notify);
}

interface Remembered {
  readonly loadedAt: number;
  readonly providers: readonly OidcProviderState[];
}

/** The enabled providers, in memory: there are few, and every request with a bearer token asks for them. */
export class OidcProviders {
  readonly #database: Database;
  readonly #secretBox: SecretBox;
  #remembered: Promise<Remembered> | undefined;
  #stopListening: (() => Promise<void>) | undefined;

  constructor(parts: { database: Database; secretBox: SecretBox }) {
    this.#database = parts.database;
    this.#secretBox = parts.secretBox;
  }

  /** Follows what other processes change. */
  async start(): Promise<void> {
    this.#stopListening = await this.#database.listen(
      channel,
      () => this.clear(),
      () => this.clear(),
    );
  }

  async stop(): Promise<void> {
    await this.#stopListening?.();
  }

  clear(): void {
    this.#remembered = undefined;
  }

  /** All that are enabled, by address. */
  async enabled(): Promise<readonly OidcProviderState[]> {
    const known = await this.#remembered;
    if (known !== undefined && known.loadedAt + ttlMs > Date.now()) {
      return known.providers;
    }
    const loading = this.#load();
    this.#remembered = loading;
    try {
      return (await loading).providers;
    } catch (error) {
      if (this.#remembered === loading) {
        this.#remembered = undefined;
      }
      throw error;
    }
  }

  /** One provider, enabled or not, as it is now; undefined when there is none. The caller checks whose it is. */
  async find(id: string): Promise<OidcProviderState | undefined> {
    const [row] = await this.#database.query<ProviderRow>(findProvider, [id]);
    return row === undefined ? undefined : this.#toState(row);
  }

  async #load(): Promise<Remembered> {
    const loadedAt = Date.now();
    const rows = await this.#database.query<ProviderRow>(listEnabled);
    return { loadedAt, providers: rows.map((row) => this.#toState(row)) };
  }

  #toState(row: ProviderRow): OidcProviderState {
    const { tenantId, tenantName, clientSecretSealed, claims, rules, defaultTenant, defaultRole, ...rest } = row;
    return {
      ...rest,
      tenant: tenantId === null || tenantName === null ? null : { id: tenantId, name: tenantName },
      clientSecret:
        clientSecretSealed === null ? null : this.#secretBox.open(clientSecretSealed, oidcSecretSealContext(row.id)),
      mapping: { claims, rules, defaultTenant, defaultRole },
    };
  }
}

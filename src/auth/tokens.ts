import { randomUUID } from 'node:crypto';
import { type CryptoKey, exportJWK, generateKeyPair, importJWK, type JWK, jwtVerify, SignJWT } from 'jose';
import { LRUCache } from 'lru-cache';
import { advisoryLocks } from '../database/advisory-locks.js';
import { type Database, type Queryable, statement } from '../database/database.js';
import { GranaryError } from '../errors.js';
import type { SecretBox } from './secret-box.js';

const ISSUER = 'granary';
const AUDIENCE = 'granary';
const ALGORITHM = 'EdDSA';

/** Tokens with an unknown key id make the keys be read again, but no oftener than this. */
const RELOAD_INTERVAL_MS = 10_000;
/** After so long they are read again in any case: the word of a new key may have been lost. */
const LONGEST_RELOAD_INTERVAL_MS = 60 * 60 * 1000;
/** Tells every process of changed keys. */
const CHANNEL = 'granary_signing_key';
/** No token is good for longer, whatever the settings say. */
const LONGEST_TOKEN_SECONDS = 24 * 60 * 60;

const lockSigningKeys = statement('lock_signing_keys', 'SELECT pg_advisory_xact_lock($1)');
const listSigningKeys = statement(
  'list_signing_keys',
  'SELECT id, public_jwk AS "publicJwk", private_sealed AS "privateSealed" FROM signing_key ORDER BY created_at DESC, id',
);
const insertSigningKey = statement(
  'insert_signing_key',
  'INSERT INTO signing_key (id, public_jwk, private_sealed) VALUES ($1, $2, $3)',
);

const announceKeys = statement('announce_signing_keys', `SELECT pg_notify('${CHANNEL}', '')`);
const findNewestAge = statement(
  'find_newest_signing_key_age',
  'SELECT EXTRACT(EPOCH FROM now() - max(created_at))::float8 AS seconds FROM signing_key',
);
const deleteOtherKeys = statement('delete_other_signing_keys', 'DELETE FROM signing_key WHERE id <> $1');
// Once the key after it has signed for as long as a token lasts, nothing that the old key signed is good any more.
const deleteOverKeys = statement(
  'delete_over_signing_keys',
  `DELETE FROM signing_key k WHERE EXISTS (SELECT FROM signing_key newer WHERE newer.created_at > k.created_at
     AND newer.created_at < now() - make_interval(secs => ${LONGEST_TOKEN_SECONDS + 3600})) RETURNING id`,
);

interface SigningKeyRow {
  id: string;
  publicJwk: JWK;
  privateSealed: Buffer;
}

interface KeyRing {
  readonly loadedAt: number;
  readonly signing: { id: string; key: CryptoKey };
  readonly verifying: ReadonlyMap<string, CryptoKey>;
  /** The public halves, the current one first. */
  readonly published: readonly JWK[];
}

/** What an access token says. */
export interface AccessClaims {
  readonly userId: number;
  /** The session that the token belongs to: when it has ended, so has the token. */
  readonly sessionId: string;
}

export interface TokenSubject extends AccessClaims {
  readonly tenantId: number;
}

export interface AccessToken {
  readonly token: string;
  readonly expiresAt: Date;
}

/** Issues and checks access tokens: JWTs signed with Ed25519. The key pair is made on first need and kept sealed. */
export class TokenSigner {
  /** What verified tokens say, until it expires: the signature costs more than all else in a small query. */
  readonly #verified = new LRUCache<string, AccessClaims>({ max: 10_000, ttl: 1, ttlAutopurge: false });
  readonly #database: Database;
  readonly #secretBox: SecretBox;
  readonly #lifetimeSeconds: number;
  #keys: Promise<KeyRing> | undefined;
  #loadedAt = 0;
  /** Grows when keys change, so that what is being verified meanwhile is not remembered. */
  #changes = 0;
  #stopListening: (() => Promise<void>) | undefined;

  constructor(parts: { database: Database; secretBox: SecretBox; accessTokenSeconds: number }) {
    this.#database = parts.database;
    this.#secretBox = parts.secretBox;
    this.#lifetimeSeconds = parts.accessTokenSeconds;
  }

  /** Follows what other processes change. */
  async start(): Promise<void> {
    const forget = (): void => this.forgetKeys();
    this.#stopListening = await this.#database.listen(CHANNEL, forget, forget);
  }

  async stop(): Promise<void> {
    await this.#stopListening?.();
    this.#stopListening = undefined;
  }

  /** The public keys that verify the tokens, as a JWK Set (RFC 7517). */
  async publicKeys(): Promise<{ keys: readonly JWK[] }> {
    return { keys: (await this.#keyRing()).published };
  }

  /**
   * Signs with a new key from now on, in every process. Tokens of the keys before stay good until they end, unless these
   * are to end at once. @returns the id of the new key.
   */
  async rotate(tx: Queryable, old: 'end with their tokens' | 'end at once'): Promise<string> {
    await tx.query(lockSigningKeys, [advisoryLocks.signingKey]);
    const { id } = await this.#insert(tx);
    if (old === 'end at once') {
      await tx.query(deleteOtherKeys, [id]);
    }
    await tx.query(announceKeys);
    return id;
  }

  /** Rotates when the newest key is older than that, and removes keys whose tokens are all over. */
  async rotateWhenDue(tx: Queryable, lifetimeSeconds: number): Promise<{ made: string | undefined; removed: number }> {
    await tx.query(lockSigningKeys, [advisoryLocks.signingKey]);
    const [newest] = await tx.query<{ seconds: number | null }>(findNewestAge);
    const isDue = newest?.seconds != null && newest.seconds >= lifetimeSeconds;
    const made = isDue ? await this.rotate(tx, 'end with their tokens') : undefined;
    const removed = await tx.query(deleteOverKeys);
    if (removed.length > 0) {
      await tx.query(announceKeys);
    }
    return { made, removed: removed.length };
  }

  /** Reads the keys again when they are needed next, and trusts no token that was verified before. */
  forgetKeys(): void {
    this.#changes += 1;
    this.#keys = undefined;
    this.#verified.clear();
  }

  async issueAccessToken(user: TokenSubject): Promise<AccessToken> {
    const { signing } = await this.#keyRing();
    const issuedAt = Math.floor(Date.now() / 1000);
    const expiresAt = issuedAt + this.#lifetimeSeconds;
    const token = await new SignJWT({ tenant: user.tenantId, sid: user.sessionId })
      .setProtectedHeader({ alg: ALGORITHM, kid: signing.id, typ: 'JWT' })
      .setSubject(String(user.userId))
      .setIssuer(ISSUER)
      .setAudience(AUDIENCE)
      .setJti(randomUUID())
      .setIssuedAt(issuedAt)
      .setExpirationTime(expiresAt)
      .sign(signing.key);
    return { token, expiresAt: new Date(expiresAt * 1000) };
  }

  /**
   * Whom the token was issued to. Throws `Unauthenticated` for anything but a token of this server that is still valid.
   * Whether the session goes on, and the user still exists and is enabled, is for the caller to ask.
   */
  async verifyAccessToken(token: string): Promise<AccessClaims> {
    const known = this.#verified.get(token);
    if (known !== undefined) {
      return known;
    }
    const before = this.#changes;
    try {
      const { payload } = await jwtVerify(token, (header) => this.#verifyingKey(header.kid), {
        algorithms: [ALGORITHM],
        issuer: ISSUER,
        audience: AUDIENCE,
        requiredClaims: ['sub', 'sid', 'exp', 'iat', 'jti'],
      });
      const claims = { userId: userIdOf(payload.sub), sessionId: sessionIdOf(payload.sid) };
      const ttl = (payload.exp ?? 0) * 1000 - Date.now();
      if (ttl > 0 && this.#changes === before) {
        this.#verified.set(token, claims, { ttl });
      }
      return claims;
    } catch (error) {
      // The database may be away; that is not the token's fault.
      if (error instanceof GranaryError) {
        throw error;
      }
      throw invalidToken(error);
    }
  }

  async #verifyingKey(id: string | undefined): Promise<CryptoKey> {
    let keys = await this.#keyRing();
    if (id !== undefined && !keys.verifying.has(id) && keys.loadedAt + RELOAD_INTERVAL_MS < Date.now()) {
      this.#keys = undefined;
      keys = await this.#keyRing();
    }
    const key = id === undefined ? undefined : keys.verifying.get(id);
    if (key === undefined) {
      throw invalidToken();
    }
    return key;
  }

  #keyRing(): Promise<KeyRing> {
    if (this.#keys !== undefined && this.#loadedAt + LONGEST_RELOAD_INTERVAL_MS < Date.now()) {
      this.forgetKeys();
    }
    if (this.#keys === undefined) {
      this.#loadedAt = Date.now();
    }
    this.#keys ??= this.#load().catch((error: unknown) => {
      this.#keys = undefined;
      throw error;
    });
    return this.#keys;
  }

  async #load(): Promise<KeyRing> {
    const known = await this.#database.query<SigningKeyRow>(listSigningKeys);
    return this.#open(known.length > 0 ? known : await this.#database.transaction((tx) => this.#create(tx)));
  }

  /** The lock is held to the end of the transaction, so that of several processes only the first makes a key. */
  async #create(tx: Queryable): Promise<SigningKeyRow[]> {
    await tx.query(lockSigningKeys, [advisoryLocks.signingKey]);
    const known = await tx.query<SigningKeyRow>(listSigningKeys);
    return known.length > 0 ? known : [await this.#insert(tx)];
  }

  async #insert(tx: Queryable): Promise<SigningKeyRow> {
    const pair = await generateKeyPair(ALGORITHM, { crv: 'Ed25519', extractable: true });
    const id = randomUUID();
    const publicJwk = await exportJWK(pair.publicKey);
    const privateSealed = this.#secretBox.seal(
      JSON.stringify(await exportJWK(pair.privateKey)),
      signingKeySealContext(id),
    );
    await tx.query(insertSigningKey, [id, JSON.stringify(publicJwk), privateSealed]);
    return { id, publicJwk, privateSealed };
  }

  async #open(rows: SigningKeyRow[]): Promise<KeyRing> {
    const [newest] = rows;
    if (newest === undefined) {
      throw new GranaryError('Internal', 'There is no signing key.');
    }
    const verifying = await Promise.all(rows.map(async (row) => [row.id, await importKey(row.publicJwk)] as const));
    const privateJwk = JSON.parse(this.#secretBox.open(newest.privateSealed, signingKeySealContext(newest.id)));
    return {
      loadedAt: Date.now(),
      signing: { id: newest.id, key: await importKey(privateJwk) },
      verifying: new Map(verifying),
      published: rows.map(({ id, publicJwk }) => ({ ...publicJwk, kid: id, alg: ALGORITHM, use: 'sig' })),
    };
  }
}

async function importKey(jwk: JWK): Promise<CryptoKey> {
  const key = await importJWK(jwk, ALGORITHM);
  if (key instanceof Uint8Array) {
    throw new GranaryError('Internal', 'A signing key is not a key pair.');
  }
  return key;
}

/** What the private half of a key pair is sealed for. */
export function signingKeySealContext(keyId: string): string {
  return `signing_key:${keyId}`;
}

function userIdOf(subject: string | undefined): number {
  if (subject === undefined || !/^[1-9]\d{0,14}$/.test(subject)) {
    throw invalidToken();
  }
  return Number(subject);
}

function sessionIdOf(claim: unknown): string {
  if (typeof claim !== 'string' || !/^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/.test(claim)) {
    throw invalidToken();
  }
  return claim;
}

function invalidToken(cause?: unknown): GranaryError {
  return new GranaryError('Unauthenticated', 'The access token is not valid or has expired.', {
    reason: 'InvalidToken',
    cause,
  });
}

import type { Rel } from '@mikro-orm/core';
import { Entity, ManyToOne, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';
import { AccessKey } from './access-key.js';
import { OidcProvider } from './oidc-provider.js';
import { User } from './user.js';

/** A temporary credential: an id and a secret for signatures, and a token that goes with them. */
@Entity({ tableName: 'session_credential' })
export class SessionCredential {
  @PrimaryKey({ type: 'text' })
  id!: string;

  @ManyToOne(() => User, { deleteRule: 'cascade', index: true })
  user!: Rel<User>;

  /** The key that asked for it, with which it ends; null when it came of signing in. */
  @ManyToOne(() => AccessKey, { deleteRule: 'cascade', index: true, nullable: true })
  sourceKey!: Rel<AccessKey> | null;

  /** Who assumed the role whose credentials these are, with whom they end. */
  @ManyToOne(() => User, { deleteRule: 'cascade', index: true, nullable: true })
  sourceUser!: Rel<User> | null;

  /** The provider whose token was shown for a role, with which they end. */
  @ManyToOne(() => OidcProvider, { deleteRule: 'cascade', index: true, nullable: true })
  sourceProvider!: Rel<OidcProvider> | null;

  /** What the session of a role is called, and what it brought along; null for credentials of users. */
  @Property({ type: 'jsonb', nullable: true })
  session!: object | null;

  @Property({ type: 'bytea', lazy: true, hidden: true })
  secretSealed!: Buffer;

  /** SHA-256 of the token, which is random enough for it. */
  @Property({ type: 'bytea', lazy: true, hidden: true })
  tokenDigest!: Buffer;

  /** What it is narrowed to: of each of the lists one document must allow. */
  @Property({ type: 'jsonb', default: '[]' })
  policies!: object[];

  @Property({ type: 'timestamptz', length: 6, index: true })
  expiresAt!: Date;

  @Property({ type: 'timestamptz', length: 6, defaultRaw: 'now()' })
  createdAt!: Date;
}

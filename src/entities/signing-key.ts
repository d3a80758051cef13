import { Entity, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';

/** A key pair that signs access tokens; the private half is sealed with the master key. */
@Entity({ tableName: 'signing_key' })
export class SigningKey {
  /** The `kid` of the tokens' headers. */
  @PrimaryKey({ type: 'text' })
  id!: string;

  @Property({ type: 'jsonb' })
  publicJwk!: object;

  @Property({ type: 'bytea', lazy: true, hidden: true })
  privateSealed!: Buffer;

  @Property({ type: 'timestamptz', length: 6, defaultRaw: 'now()' })
  createdAt!: Date;
}

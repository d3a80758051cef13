import type { Rel } from '@mikro-orm/core';
import { Entity, Enum, Index, ManyToOne, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';
import { GraphQLDateTime } from 'graphql-scalars';
import { Field, ID, ObjectType, registerEnumType } from 'type-graphql';
import { SafeBigInt } from './safe-bigint.js';
import { ShareLink } from './share-link.js';

/** What came of a visit to a share link. */
export enum ShareOutcome {
  VIEWED = 'VIEWED',
  DOWNLOADED = 'DOWNLOADED',
  UNLOCKED = 'UNLOCKED',
  WRONG_PASSWORD = 'WRONG_PASSWORD',
  THROTTLED = 'THROTTLED',
  REFUSED = 'REFUSED',
}

registerEnumType(ShareOutcome, {
  name: 'ShareOutcome',
  description: 'What came of a visit to a share link.',
  valuesConfig: {
    VIEWED: { description: 'The visitor was shown what is shared.' },
    DOWNLOADED: { description: 'A download began, and was counted.' },
    UNLOCKED: { description: 'The visitor gave the password.' },
    WRONG_PASSWORD: { description: 'The visitor gave another password.' },
    THROTTLED: { description: 'After wrong passwords, the visitor has to wait.' },
    REFUSED: { description: 'The link has ended, or what it leads to may not be shared or is not there.' },
  },
});

/** A visit to a share link. */
@Entity({ tableName: 'share_access' })
@Index({ name: 'share_access_link_id_id_index', properties: ['link', 'id'] })
@ObjectType('ShareAccess', { description: 'A visit to a share link. Kept for a while, as the server is set up.' })
export class ShareAccess {
  @PrimaryKey({ type: SafeBigInt, generated: 'by default as identity' })
  @Field(() => ID, { description: 'Grows with time.' })
  id!: number;

  @ManyToOne(() => ShareLink, { deleteRule: 'cascade' })
  link!: Rel<ShareLink>;

  @Property({ type: 'timestamptz', length: 6, defaultRaw: 'now()', index: true })
  @Field(() => GraphQLDateTime, { description: "When it was, by the database's clock." })
  at!: Date;

  @Enum({ items: () => ShareOutcome, type: 'text' })
  @Field(() => ShareOutcome, { description: 'What came of it.' })
  outcome!: ShareOutcome;

  @Property({ type: 'text', nullable: true, collation: 'C' })
  @Field(() => String, { nullable: true, description: 'The key or the folder that it was about.' })
  path!: string | null;

  @Property({ type: 'text', nullable: true })
  @Field(() => String, { nullable: true, description: 'The address that the visitor came from.' })
  sourceIp!: string | null;

  @Property({ type: 'text', nullable: true })
  @Field(() => String, { nullable: true, description: "What the visitor's program calls itself." })
  userAgent!: string | null;

  @Property({ type: 'text' })
  @Field(() => String, { description: 'The id of the request, as its answer had it.' })
  requestId!: string;
}

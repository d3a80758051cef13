import { PrimaryKeyProp } from '@mikro-orm/core';
import { Entity, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';

/** Who this is, among installations that could use the same stores. There is one row. */
@Entity({ tableName: 'installation' })
export class Installation {
  [PrimaryKeyProp]?: 'number';

  /** Always 1. */
  @PrimaryKey({ type: 'smallint', autoincrement: false })
  number!: number;

  @Property({ type: 'uuid' })
  installationId!: string;

  @Property({ type: 'timestamptz', length: 6, defaultRaw: 'now()' })
  createdAt!: Date;
}

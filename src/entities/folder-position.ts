import { Check, Entity, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';
import { SafeBigInt } from './safe-bigint.js';

/** Up to which event the totals of folders are folded in: one row. */
@Entity({ tableName: 'folder_position' })
export class FolderPosition {
  @PrimaryKey({ type: 'smallint', defaultRaw: '1', autoincrement: false })
  @Check({ expression: 'id = 1' })
  id!: number;

  @Property({ type: SafeBigInt })
  eventId!: number;

  @Property({ type: 'timestamptz', length: 6, defaultRaw: 'now()' })
  foldedAt!: Date;
}

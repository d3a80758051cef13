import { Migration } from '@mikro-orm/migrations';

/** What an upload promises of its object before any byte is there, and what only uploads by tus have. */
export class Migration20261126110000 extends Migration {
  override up(): void {
    this.addSql(
      `ALTER TABLE upload ADD COLUMN size bigint, ADD COLUMN part_size bigint, ADD COLUMN sha256 bytea,
         ADD COLUMN conditions jsonb, ADD COLUMN tus jsonb`,
    );
  }
}

import { Migration } from '@mikro-orm/migrations';

/** Replication targets that were removed, until what was queued for them is forgotten. */
export class Migration20261122110000 extends Migration {
  override up(): void {
    this.addSql('ALTER TABLE replication_target ADD COLUMN removed_at timestamptz');
  }
}

import { Migration } from '@mikro-orm/migrations';

/** Finds what delete markers hide without looking at what they do not. */
export class Migration20261126153200 extends Migration {
  override up(): void {
    this.addSql(`
      CREATE INDEX object_version_marker_index ON object_version (bucket_id, key) WHERE is_latest AND delete_marker
    `);
  }
}

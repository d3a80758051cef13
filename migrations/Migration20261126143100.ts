import { Migration } from '@mikro-orm/migrations';

/** Objects are counted by other kinds than before: they are read anew, in the background. */
export class Migration20261126143100 extends Migration {
  override up(): void {
    this.addSql('TRUNCATE search_entry, search_fact');
    this.addSql(`UPDATE search_place SET walk = 'OBJECTS', walk_bucket_id = 0, walk_key = '', walked_at = NULL`);
  }
}

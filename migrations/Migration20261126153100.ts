import { Migration } from '@mikro-orm/migrations';

/** Words that no object has any more are forgotten; processes remember which words are there, and have to hear of it. */
export class Migration20261126153100 extends Migration {
  override up(): void {
    this.addSql('ALTER TABLE search_place ADD COLUMN words_forgotten bigint NOT NULL DEFAULT 0');
  }
}

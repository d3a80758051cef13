import { Migration } from '@mikro-orm/migrations';

/** Tags of users, which policies can ask for. */
export class Migration20261126010000 extends Migration {
  override up(): void {
    this.addSql(`ALTER TABLE user_account ADD COLUMN tags jsonb NOT NULL DEFAULT '{}'`);
  }
}

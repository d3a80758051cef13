import { Migration } from '@mikro-orm/migrations';

/** What API keys are narrowed to because their makers were. */
export class Migration20261126030100 extends Migration {
  override up(): void {
    this.addSql(`ALTER TABLE api_key ADD COLUMN inherited_policies jsonb NOT NULL DEFAULT '[]'`);
  }
}

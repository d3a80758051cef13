import { Migration } from '@mikro-orm/migrations';

/** Documents of policies stay as they were written: jsonb would sort the names in them. */
export class Migration20261126152000 extends Migration {
  override up(): void {
    for (const [table, column] of [
      ['policy', 'document'],
      ['policy_version', 'document'],
      ['inline_policy', 'document'],
      ['assumable_role', 'trust_policy'],
    ]) {
      this.addSql(`ALTER TABLE ${table} ALTER COLUMN ${column} TYPE json USING ${column}::json`);
    }
  }
}

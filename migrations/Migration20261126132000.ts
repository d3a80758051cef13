import { Migration } from '@mikro-orm/migrations';

/** Bucket policies are given back as they were written; jsonb has its own order and spaces. */
export class Migration20261126132000 extends Migration {
  override up(): void {
    this.addSql('ALTER TABLE bucket ALTER COLUMN policy TYPE json USING policy::json');
  }
}

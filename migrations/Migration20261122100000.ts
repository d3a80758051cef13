import { Migration } from '@mikro-orm/migrations';

/** What tells this installation from any other that uses the same stores: one row, made at the first start. */
export class Migration20261122100000 extends Migration {
  override up(): void {
    this.addSql(`
      CREATE TABLE installation (
        number smallint PRIMARY KEY,
        installation_id uuid NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now()
      )
    `);
  }
}

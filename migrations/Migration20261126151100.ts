import { Migration } from '@mikro-orm/migrations';

/** Versions know whether a hold was ever placed on them or lifted from them. */
export class Migration20261126151100 extends Migration {
  override up(): void {
    this.addSql(`ALTER TABLE object_version ADD COLUMN hold_decided boolean NOT NULL DEFAULT false`);
  }
}

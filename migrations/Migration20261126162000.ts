import { Migration } from '@mikro-orm/migrations';

/** `IAMFullAccess` and `IAMReadOnlyAccess` are built in now: a tenant's own policies of these names get others. */
export class Migration20261126162000 extends Migration {
  override up(): void {
    this.addSql(`UPDATE policy SET name = name || '-' || id WHERE name IN ('IAMFullAccess', 'IAMReadOnlyAccess')`);
  }
}

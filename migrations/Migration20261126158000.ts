import { Migration } from '@mikro-orm/migrations';

/** `AmazonS3FullAccess` and `AmazonS3ReadOnlyAccess` are built in now: a tenant's own policies of these names get others. */
export class Migration20261126158000 extends Migration {
  override up(): void {
    this.addSql(
      `UPDATE policy SET name = name || '-' || id WHERE name IN ('AmazonS3FullAccess', 'AmazonS3ReadOnlyAccess')`,
    );
  }
}

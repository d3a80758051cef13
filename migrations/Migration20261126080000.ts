import { Migration } from '@mikro-orm/migrations';

/** What S3 lets one configure of a bucket beside its own columns, and who has been granted what. */
export class Migration20261126080000 extends Migration {
  override up(): void {
    this.addSql(`ALTER TABLE bucket ADD COLUMN configuration jsonb NOT NULL DEFAULT '{}'`);
    // Buckets that are there have no access control lists, and must not come to have any by themselves.
    this.addSql(`UPDATE bucket SET configuration = '{"objectOwnership": "BucketOwnerEnforced"}'`);
    this.addSql('ALTER TABLE object_version ADD COLUMN acl jsonb');
    this.addSql('ALTER TABLE upload ADD COLUMN acl jsonb');
  }
}

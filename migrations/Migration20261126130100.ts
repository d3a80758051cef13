import { Migration } from '@mikro-orm/migrations';

/** Configurations of which a bucket may have many: inventories, analytics, metrics, intelligent tiering. */
export class Migration20261126130100 extends Migration {
  override up(): void {
    this.addSql(`
      CREATE TABLE named_configuration (
        bucket_id bigint NOT NULL CONSTRAINT named_configuration_bucket_id_foreign REFERENCES bucket (id) ON DELETE CASCADE,
        kind text NOT NULL CHECK (kind IN ('INVENTORY', 'ANALYTICS', 'METRICS', 'INTELLIGENT_TIERING')),
        id text COLLATE "C" NOT NULL,
        document jsonb NOT NULL,
        due_at timestamptz,
        run jsonb,
        reported_at timestamptz,
        manifest_key text,
        problem text,
        PRIMARY KEY (bucket_id, kind, id)
      )
    `);
    this.addSql(
      'CREATE INDEX named_configuration_due_at_index ON named_configuration (due_at) WHERE due_at IS NOT NULL',
    );
  }
}

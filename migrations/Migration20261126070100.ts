import { Migration } from '@mikro-orm/migrations';

/** The chain over events: batches of them, and the key that signs the batches. */
export class Migration20261126070100 extends Migration {
  override up(): void {
    this.addSql(`
      CREATE TABLE audit_key (
        id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
        secret_sealed bytea NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now()
      )
    `);
    this.addSql(`
      CREATE TABLE audit_batch (
        tenant_id bigint NOT NULL,
        number bigint NOT NULL,
        after_id bigint NOT NULL,
        last_id bigint NOT NULL,
        row_count integer NOT NULL,
        first_at timestamptz NOT NULL,
        last_at timestamptz NOT NULL,
        leaves bytea,
        rows_digest bytea NOT NULL,
        previous_root bytea NOT NULL,
        root bytea NOT NULL,
        key_id uuid NOT NULL CONSTRAINT audit_batch_key_id_foreign REFERENCES audit_key (id),
        signature bytea NOT NULL,
        sealed_at timestamptz NOT NULL,
        removed_at timestamptz,
        removal bytea,
        PRIMARY KEY (tenant_id, number)
      )
    `);
    // Hashes do not compress.
    this.addSql('ALTER TABLE audit_batch ALTER leaves SET STORAGE EXTERNAL');
    // Who did it is asked for by name: the name outlives the user.
    this.addSql('DROP INDEX event_search_index');
    this.addSql(`
      CREATE INDEX event_search_index ON event USING brin (
        at, request_id text_bloom_ops (n_distinct_per_range = -0.5), actor_name text_bloom_ops, bucket_id int8_bloom_ops,
        action text_bloom_ops, source_ip text_bloom_ops
      ) WITH (pages_per_range = 32, autosummarize = on)
    `);
    this.addSql('CREATE INDEX audit_batch_key_id_index ON audit_batch (key_id)');
    this.addSql('CREATE INDEX audit_batch_kept_index ON audit_batch (tenant_id, number) WHERE removed_at IS NULL');
  }
}

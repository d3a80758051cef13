import { Migration } from '@mikro-orm/migrations';

/** Sealed and compressed blobs in several stores, second copies, object lock, replication and the scrubber's rounds. */
export class Migration20261122000000 extends Migration {
  override up(): void {
    this.#blobs();
    this.#versions();
    this.#buckets();
    this.#keys();
    this.#replication();
    this.#scrubbing();
    this.#lifecycle();
    this.#dropFunctions();
  }

  /** Functions whose parameters changed: they are made anew after the migrations, and would stand beside the old ones. */
  #dropFunctions(): void {
    this.addSql(`
      DO $$ DECLARE old regprocedure; BEGIN
        FOR old IN SELECT p.oid::regprocedure FROM pg_proc p
          WHERE p.pronamespace = current_schema()::regnamespace AND p.proname IN ('put_version', 'insert_version',
            'delete_version', 'put_part', 'claim_blob', 'count_usage', 'hide_version', 'supersede', 'begin_write')
        LOOP EXECUTE 'DROP FUNCTION ' || old; END LOOP;
      END $$
    `);
  }

  #blobs(): void {
    this.addSql(`
      ALTER TABLE blob
        ADD COLUMN domain text,
        ADD COLUMN stored_size bigint,
        ADD COLUMN format smallint NOT NULL DEFAULT 0,
        ADD COLUMN wrapped_key bytea,
        ADD COLUMN damage text,
        ADD COLUMN damaged_at timestamptz
    `);
    this.addSql(`
      UPDATE blob SET domain = COALESCE(split_part(path, '/', 1), 'row'), stored_size = size
    `);
    this.addSql(`
      ALTER TABLE blob ALTER COLUMN stored_size SET NOT NULL
    `);
    this.addSql(`
      DROP INDEX blob_live_address_unique
    `);
    this.addSql(`
      CREATE UNIQUE INDEX blob_live_address_unique ON blob (scope, address, domain) WHERE state = 'live'
    `);
    this.addSql(`
      CREATE INDEX blob_damaged_index ON blob (id) WHERE damage IS NOT NULL
    `);
    this.addSql(`
      CREATE TABLE blob_copy (
        blob_id uuid NOT NULL CONSTRAINT blob_copy_blob_id_foreign REFERENCES blob (id),
        store text NOT NULL,
        state text NOT NULL DEFAULT 'WANTED' CHECK (state IN ('WANTED', 'WRITING', 'PLACED')),
        path text CONSTRAINT blob_copy_path_unique UNIQUE,
        attempts integer NOT NULL DEFAULT 0,
        next_at timestamptz NOT NULL DEFAULT now(),
        created_at timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (blob_id, store)
      )
    `);
    this.addSql(`
      CREATE INDEX blob_copy_next_at_index ON blob_copy (next_at) WHERE state <> 'PLACED'
    `);
  }

  #versions(): void {
    this.addSql(`
      ALTER TABLE object_version
        ADD COLUMN stored_size bigint NOT NULL DEFAULT 0,
        ADD COLUMN encryption jsonb,
        ADD COLUMN lock_mode text,
        ADD COLUMN retain_until timestamptz,
        ADD COLUMN legal_hold boolean NOT NULL DEFAULT false,
        ADD COLUMN replication_status text
    `);
    this.addSql(`
      UPDATE object_version SET stored_size = size
    `);
    this.addSql(`
      ALTER TABLE upload
        ADD COLUMN encryption jsonb,
        ADD COLUMN object_lock jsonb
    `);
    this.addSql(`
      ALTER TABLE upload_part ADD COLUMN stored_size bigint NOT NULL DEFAULT 0
    `);
    this.addSql(`
      UPDATE upload_part SET stored_size = size
    `);
  }

  #buckets(): void {
    this.addSql(`
      ALTER TABLE bucket
        ADD COLUMN compression text NOT NULL DEFAULT 'AUTO' CHECK (compression IN ('OFF', 'AUTO', 'ALWAYS')),
        ADD COLUMN encryption jsonb,
        ADD COLUMN placement jsonb NOT NULL DEFAULT '[]',
        ADD COLUMN object_lock jsonb,
        ADD COLUMN lifecycle jsonb NOT NULL DEFAULT '[]',
        ADD COLUMN replication jsonb NOT NULL DEFAULT '[]'
    `);
    this.addSql(`
      ALTER TABLE bucket_usage ADD COLUMN stored_bytes bigint NOT NULL DEFAULT 0
    `);
    this.addSql(`
      UPDATE bucket_usage SET stored_bytes = bytes
    `);
  }

  #keys(): void {
    this.addSql(`
      CREATE TABLE encryption_key (
        id uuid PRIMARY KEY,
        tenant_id bigint NOT NULL CONSTRAINT encryption_key_tenant_id_foreign REFERENCES tenant (id),
        name text NOT NULL,
        description text NOT NULL DEFAULT '',
        key_sealed bytea NOT NULL,
        enabled boolean NOT NULL DEFAULT true,
        created_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT encryption_key_tenant_id_name_unique UNIQUE (tenant_id, name)
      )
    `);
  }

  #replication(): void {
    this.addSql(`
      CREATE TABLE replication_target (
        id uuid PRIMARY KEY,
        bucket_id bigint NOT NULL CONSTRAINT replication_target_bucket_id_foreign REFERENCES bucket (id) ON DELETE CASCADE,
        endpoint text NOT NULL,
        region text NOT NULL,
        target_bucket text NOT NULL,
        path_style boolean NOT NULL,
        access_key_id text NOT NULL,
        secret_sealed bytea NOT NULL,
        resync jsonb,
        created_at timestamptz NOT NULL DEFAULT now()
      )
    `);
    this.addSql(`
      CREATE INDEX replication_target_bucket_id_index ON replication_target (bucket_id)
    `);
    this.addSql(`
      CREATE TABLE replication_task (
        version_id bigint NOT NULL CONSTRAINT replication_task_version_id_foreign REFERENCES object_version (id) ON DELETE CASCADE,
        target_id uuid NOT NULL CONSTRAINT replication_task_target_id_foreign REFERENCES replication_target (id) ON DELETE CASCADE,
        state text NOT NULL DEFAULT 'PENDING' CHECK (state IN ('PENDING', 'COMPLETED', 'FAILED')),
        attempts integer NOT NULL DEFAULT 0,
        next_at timestamptz NOT NULL DEFAULT now(),
        error text,
        remote_version_id text,
        updated_at timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (version_id, target_id)
      )
    `);
    this.addSql(`
      CREATE INDEX replication_task_next_at_index ON replication_task (next_at) WHERE state = 'PENDING'
    `);
    this.addSql(`
      CREATE INDEX replication_task_target_id_index ON replication_task (target_id, state)
    `);
  }

  #scrubbing(): void {
    this.addSql(`
      CREATE TABLE scrub_round (
        id bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
        started_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now(),
        finished_at timestamptz,
        last_blob_id uuid,
        blobs bigint NOT NULL DEFAULT 0,
        bytes bigint NOT NULL DEFAULT 0,
        corrupt bigint NOT NULL DEFAULT 0,
        missing bigint NOT NULL DEFAULT 0,
        repaired bigint NOT NULL DEFAULT 0
      )
    `);
  }

  #lifecycle(): void {
    this.addSql(`
      CREATE TABLE lifecycle_round (
        bucket_id bigint PRIMARY KEY CONSTRAINT lifecycle_round_bucket_id_foreign REFERENCES bucket (id) ON DELETE CASCADE,
        started_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now(),
        finished_at timestamptz,
        last_key text COLLATE "C" NOT NULL DEFAULT ''
      )
    `);
  }
}

import { Migration } from '@mikro-orm/migrations';

/** Events say what became of a request, by whose key, and are found by tenant. */
export class Migration20261126070000 extends Migration {
  override up(): void {
    this.#events();
    this.#dropFunctions();
  }

  #events(): void {
    this.addSql(`
      ALTER TABLE event
        ADD COLUMN outcome text NOT NULL DEFAULT 'SUCCESS' CHECK (outcome IN ('SUCCESS', 'FAILURE', 'DENIED')),
        ADD COLUMN actor_name text,
        ADD COLUMN access_key_id text,
        ADD COLUMN user_agent text,
        ADD COLUMN decision_id text
    `);
    this.addSql(`UPDATE event SET outcome = 'FAILURE', details = details - 'failed' WHERE details ? 'failed'`);
    // The one index that every event pays for: a tenant's events in their order.
    this.addSql('ALTER TABLE event DROP CONSTRAINT event_pkey, ADD CONSTRAINT event_pkey PRIMARY KEY (tenant_id, id)');
    this.addSql(`CREATE INDEX event_unsuccessful_index ON event (tenant_id, id) WHERE outcome <> 'SUCCESS'`);
    this.addSql(`CREATE INDEX event_decision_id_index ON event (decision_id) WHERE decision_id IS NOT NULL`);
    // Costs a write next to nothing: what a range of pages holds is summed up once it is full.
    this.addSql(`
      CREATE INDEX event_search_index ON event USING brin (
        at, request_id text_bloom_ops (n_distinct_per_range = -0.5), actor_id int8_bloom_ops, bucket_id int8_bloom_ops,
        action text_bloom_ops, source_ip text_bloom_ops
      ) WITH (pages_per_range = 32, autosummarize = on)
    `);
  }

  /** Functions whose parameters changed: they are made anew after the migrations, and would stand beside the old ones. */
  #dropFunctions(): void {
    this.addSql(`
      DO $$ DECLARE old regprocedure; BEGIN
        FOR old IN SELECT p.oid::regprocedure FROM pg_proc p
          WHERE p.pronamespace = current_schema()::regnamespace
            AND p.proname IN ('put_version', 'insert_version', 'delete_version', 'transition_version')
        LOOP EXECUTE 'DROP FUNCTION ' || old; END LOOP;
      END $$
    `);
  }
}

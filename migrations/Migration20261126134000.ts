import { Migration } from '@mikro-orm/migrations';

/** What search finds: an entry for each current object, the words of a tenant's entries, and how far both are. */
export class Migration20261126134000 extends Migration {
  override up(): void {
    // No foreign keys: entries follow the objects by themselves, and checks would lock rows that writers need.
    this.addSql(`
      CREATE TABLE search_entry (
        bucket_id bigint NOT NULL,
        key text COLLATE "C" NOT NULL,
        tenant_id bigint NOT NULL,
        version_id bigint NOT NULL,
        folded text COLLATE "C",
        size bigint NOT NULL,
        created_at timestamptz NOT NULL,
        kind text NOT NULL,
        words tsvector NOT NULL,
        marks bigint[] NOT NULL,
        PRIMARY KEY (bucket_id, key)
      )
    `);
    this.addSql('CREATE INDEX search_entry_found_index ON search_entry USING gin (words, marks)');
    this.addSql('CREATE INDEX search_entry_key_index ON search_entry (tenant_id, key, version_id)');
    this.addSql('CREATE INDEX search_entry_size_index ON search_entry (tenant_id, size, version_id)');
    this.addSql('CREATE INDEX search_entry_created_at_index ON search_entry (tenant_id, created_at, version_id)');
    this.addSql(`
      CREATE TABLE search_word (
        tenant_id bigint NOT NULL CONSTRAINT search_word_tenant_id_foreign REFERENCES tenant (id) ON DELETE CASCADE,
        word text COLLATE "C" NOT NULL,
        backwards text COLLATE "C" NOT NULL,
        PRIMARY KEY (tenant_id, word)
      )
    `);
    this.addSql('CREATE INDEX search_word_backwards_index ON search_word (tenant_id, backwards)');
    this.addSql(`
      CREATE TABLE search_fact (
        bucket_id bigint NOT NULL CONSTRAINT search_fact_bucket_id_foreign REFERENCES bucket (id) ON DELETE CASCADE,
        kind text NOT NULL,
        objects bigint NOT NULL,
        bytes bigint NOT NULL,
        PRIMARY KEY (bucket_id, kind)
      )
    `);
    this.addSql(`
      CREATE TABLE search_place (
        number smallint PRIMARY KEY,
        event_id bigint NOT NULL,
        walk text NOT NULL CHECK (walk IN ('OBJECTS', 'ENTRIES', 'DONE')),
        walk_bucket_id bigint NOT NULL DEFAULT 0,
        walk_key text COLLATE "C" NOT NULL DEFAULT '',
        walked_at timestamptz
      )
    `);
  }
}

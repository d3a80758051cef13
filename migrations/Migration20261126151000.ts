import { Migration } from '@mikro-orm/migrations';

/**
 * An entry of the index of events has to fit into its page of 8 kB, however many people, addresses and buckets its rows
 * tell of: filters that are full do not compress. A range of 32 pages has some 900 events.
 */
export class Migration20261126151000 extends Migration {
  override up(): void {
    this.addSql('DROP INDEX event_search_index');
    this.addSql(`
      CREATE INDEX event_search_index ON event USING brin (
        at, request_id text_bloom_ops (n_distinct_per_range = 1200),
        actor_name text_bloom_ops (n_distinct_per_range = 600), bucket_id int8_bloom_ops (n_distinct_per_range = 600),
        action text_bloom_ops (n_distinct_per_range = 200), source_ip text_bloom_ops (n_distinct_per_range = 600)
      ) WITH (pages_per_range = 32, autosummarize = on)
    `);
  }
}

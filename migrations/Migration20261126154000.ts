import { Migration } from '@mikro-orm/migrations';

/** One write of one object, as put_versions takes several of them: the parameters of put_version that such writes have. */
export class Migration20261126154000 extends Migration {
  override up(): void {
    this.addSql(`
      CREATE TYPE put_call AS (
        bucket bigint, revision bigint, key text, if_match text, if_none_match text,
        blob uuid, scope bigint, address bytea, size bigint, content bytea, domain text, stored bigint, format smallint,
        wrapped_key bytea, etag text, content_type text, headers jsonb, metadata jsonb, tags jsonb, checksum jsonb,
        storage_class text, encryption jsonb, replication text, owner bigint, action text, origin text[], acl jsonb
      )
    `);
  }
}

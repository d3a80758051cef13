import { Migration } from '@mikro-orm/migrations';

/**
 * What folders hold, kept by what the events of writes say: see `functions/folders.sql`. And who deleted what is in the
 * trash.
 */
export class Migration20261126133000 extends Migration {
  override up(): void {
    this.addSql('ALTER TABLE event ADD COLUMN object_change smallint, ADD COLUMN byte_change bigint');
    this.addSql('ALTER TABLE object_version ADD COLUMN deleted_by bigint');
    // Of versions before, which took one parameter fewer.
    this.addSql('DROP FUNCTION IF EXISTS hide_version(bigint, integer, boolean)');
    this.addSql('DROP FUNCTION IF EXISTS supersede(bigint, text, text, integer, bigint, boolean)');
    this.addSql(`
      CREATE TABLE folder_total (
        bucket_id bigint NOT NULL CONSTRAINT folder_total_bucket_id_foreign REFERENCES bucket (id) ON DELETE CASCADE,
        path text COLLATE "C" NOT NULL,
        objects bigint NOT NULL,
        bytes bigint NOT NULL,
        changed_at timestamptz NOT NULL,
        PRIMARY KEY (bucket_id, path)
      )`);
    this.addSql(`
      CREATE TABLE folder_position (
        id smallint PRIMARY KEY DEFAULT 1 CHECK (id = 1),
        event_id bigint NOT NULL,
        folded_at timestamptz NOT NULL DEFAULT now()
      )`);
    // None in an empty database: a backup brings its own.
    this.addSql('INSERT INTO folder_position (event_id) SELECT max(id) FROM event HAVING max(id) IS NOT NULL');
    this.addSql(`
      INSERT INTO folder_total (bucket_id, path, objects, bytes, changed_at)
      SELECT v.bucket_id, a.path, count(*), sum(v.size), max(v.created_at)
      FROM object_version v JOIN bucket b ON b.id = v.bucket_id CROSS JOIN LATERAL (
        SELECT array_to_string(k.parts[1:n], '/') || CASE WHEN n > 0 THEN '/' ELSE '' END AS path
        FROM (SELECT string_to_array(v.key, '/') AS parts) k, generate_series(0, LEAST(cardinality(k.parts) - 1, 32)) n
      ) a
      WHERE v.is_latest AND NOT v.delete_marker GROUP BY v.bucket_id, a.path`);
  }
}

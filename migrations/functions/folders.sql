-- What folders hold. Each event of a write says by how much the objects that are shown, and their bytes, became more:
-- writers touch no row that others do. One worker adds that up for all folders that lead to the key, and who reads adds
-- what is not folded in yet. See docs/design.md, "Folders".

-- The folders that lead to a key, the top ('') first. Those more than 32 levels deep have no totals: a key of a thousand
-- slashes is not to cost a thousand rows.
CREATE OR REPLACE FUNCTION folders_of(p_key text) RETURNS SETOF text LANGUAGE sql IMMUTABLE AS $$
  SELECT array_to_string(k.parts[1:n], '/') || CASE WHEN n > 0 THEN '/' ELSE '' END
  FROM (SELECT string_to_array(p_key, '/') AS parts) k, generate_series(0, LEAST(cardinality(k.parts) - 1, 32)) n
$$;

-- Folds the next events in, up to one below which all are settled. Returns up to which it came: null when another
-- process is at it.
CREATE OR REPLACE FUNCTION fold_events(p_settled bigint) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
  folded bigint;
  up_to bigint;
  began timestamptz := clock_timestamp();
  empty_buckets bigint[];
  empty_paths text[];
BEGIN
  INSERT INTO folder_position (event_id) SELECT 0 WHERE NOT EXISTS (SELECT FROM folder_position) ON CONFLICT DO NOTHING;
  SELECT p.event_id INTO folded FROM folder_position p FOR UPDATE SKIP LOCKED;
  IF NOT FOUND OR folded >= p_settled THEN
    RETURN folded;
  END IF;
  up_to := LEAST(p_settled, folded + 20000);
  WITH news AS MATERIALIZED (
    SELECT e.bucket_id, e.key, sum(e.object_change)::bigint AS objects, sum(e.byte_change)::bigint AS bytes, max(e.at) AS at
    FROM tenant t CROSS JOIN LATERAL (
      SELECT c.bucket_id, c.key, c.object_change, c.byte_change, c.at FROM event c
      WHERE c.tenant_id = t.id AND c.id > folded AND c.id <= up_to AND c.byte_change IS NOT NULL
    ) e GROUP BY e.bucket_id, e.key
  ), sums AS (
    INSERT INTO folder_total AS f (bucket_id, path, objects, bytes, changed_at)
      SELECT b.id, a.path, sum(n.objects), sum(n.bytes), max(n.at)
      FROM news n JOIN bucket b ON b.id = n.bucket_id CROSS JOIN LATERAL folders_of(n.key) a(path)
      GROUP BY b.id, a.path ORDER BY b.id, a.path
      ON CONFLICT (bucket_id, path) DO UPDATE SET objects = f.objects + excluded.objects, bytes = f.bytes + excluded.bytes,
        changed_at = GREATEST(f.changed_at, excluded.changed_at)
      RETURNING f.bucket_id, f.path, f.objects
  )
  SELECT array_agg(s.bucket_id), array_agg(s.path) INTO empty_buckets, empty_paths FROM sums s WHERE s.objects = 0;
  DELETE FROM folder_total f USING unnest(empty_buckets, empty_paths) e(bucket_id, path)
    WHERE f.bucket_id = e.bucket_id AND f.path = e.path;
  UPDATE folder_position SET event_id = up_to, folded_at = began;
  RETURN up_to;
END
$$;

-- What the rows of a bucket's objects say of its folders, less what events say that are not folded in: what the totals
-- should be. In a transaction with one snapshot.
CREATE OR REPLACE FUNCTION recounted_folders(p_tenant bigint, p_bucket bigint)
RETURNS TABLE (path text, objects bigint, bytes bigint, changed_at timestamptz) LANGUAGE sql STABLE AS $$
  SELECT a.path, sum(c.objects)::bigint, sum(c.bytes)::bigint, COALESCE(max(c.at), now()) FROM (
    SELECT v.key, 1 AS objects, v.size AS bytes, v.created_at AS at FROM object_version v
      WHERE v.bucket_id = p_bucket AND v.is_latest AND NOT v.delete_marker
    UNION ALL
    SELECT e.key, -e.object_change, -e.byte_change, NULL FROM event e
      WHERE e.tenant_id = p_tenant AND e.bucket_id = p_bucket AND e.byte_change IS NOT NULL
        AND e.id > COALESCE((SELECT p.event_id FROM folder_position p), 0)
  ) c CROSS JOIN LATERAL folders_of(c.key) a(path)
  GROUP BY a.path HAVING sum(c.objects) <> 0
$$;

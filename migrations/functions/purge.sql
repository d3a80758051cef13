-- Purging a tenant: everything goes but what object lock keeps. See docs/tenants.md, "Purge".

-- Walks up to p_limit committed versions of a bucket, from behind a key and version on, newest first in each key, and
-- hides for good those that no retention, of whatever mode, and no hold keeps. walked, last_key and last_id tell where to
-- go on. The oldest lock in the order, so that nobody writes meanwhile; a batch takes milliseconds.
CREATE OR REPLACE FUNCTION purge_batch(
  p_bucket bigint, p_key text, p_id bigint, p_limit integer,
  OUT walked bigint, OUT last_key text, OUT last_id bigint, OUT hidden bigint, OUT hidden_bytes bigint
) LANGUAGE plpgsql AS $$
DECLARE
  hidden_at timestamptz := clock_timestamp();
  gone bigint[];
  gone_keys text[];
  gone_objects bigint;
  gone_versions bigint;
  gone_stored bigint;
  heirs bigint;
BEGIN
  PERFORM lock_bucket(p_bucket);
  WITH batch AS (
    SELECT v.id, v.key, v.size, v.stored_size, v.is_latest, v.delete_marker,
      is_locked(v.lock_mode, v.retain_until, v.legal_hold, false) AS held
    FROM object_version v
    WHERE v.bucket_id = p_bucket AND v.state = 'COMMITTED' AND v.key COLLATE "C" >= p_key AND (v.key COLLATE "C" > p_key OR v.id < p_id)
    ORDER BY v.key, v.id DESC LIMIT p_limit
  )
  SELECT count(*), (array_agg(b.key ORDER BY b.key DESC, b.id))[1], (array_agg(b.id ORDER BY b.key DESC, b.id))[1],
      count(*) FILTER (WHERE NOT b.held), COALESCE(sum(b.size) FILTER (WHERE NOT b.held), 0)::bigint,
      array_agg(b.id) FILTER (WHERE NOT b.held), array_agg(DISTINCT b.key) FILTER (WHERE NOT b.held),
      count(*) FILTER (WHERE NOT b.held AND b.is_latest AND NOT b.delete_marker),
      count(*) FILTER (WHERE NOT b.held AND NOT b.delete_marker),
      COALESCE(sum(b.stored_size) FILTER (WHERE NOT b.held), 0)::bigint
    INTO walked, last_key, last_id, hidden, hidden_bytes, gone, gone_keys, gone_objects, gone_versions, gone_stored
    FROM batch b;
  IF hidden = 0 THEN
    RETURN;
  END IF;
  UPDATE object_version v SET state = 'DELETING', is_latest = false, deleted_at = hidden_at, purge_after = hidden_at
    WHERE v.id = ANY (gone);
  WITH heir AS (
    UPDATE object_version v SET is_latest = true
      FROM (SELECT DISTINCT ON (o.key) o.id FROM object_version o
        WHERE o.bucket_id = p_bucket AND o.key = ANY (gone_keys) AND o.state = 'COMMITTED' ORDER BY o.key, o.id DESC) newest
      WHERE v.id = newest.id AND NOT v.is_latest RETURNING v.delete_marker
  )
  SELECT count(*) FILTER (WHERE NOT h.delete_marker) INTO heirs FROM heir h;
  PERFORM count_usage(p_bucket, heirs - gone_objects, -gone_versions, -hidden_bytes, -gone_stored, 0, 0);
END
$$;

-- Several writes by the same statements: most of what a small write costs PostgreSQL is to start and end a statement.
-- See docs/design.md, "Writing".

-- Writes of different keys with different small contents, without a lock, replication, copies or a quota that is near:
-- each as put_version would do it, in one transaction, the answers in the order of the calls. outcome as of begin_write.
-- The locks are put_version's, in the same order. The calls come in the order of their addresses, as those of all others
-- do, so that two batches with the same contents do not wait for each other's blobs in a circle.
CREATE OR REPLACE FUNCTION put_versions(p_calls put_call[])
RETURNS TABLE (outcome text, version bigint, is_null boolean, created timestamptz, deduplicated boolean, stored bigint)
LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan AS $$
#variable_conflict use_column
DECLARE
  outcomes text[];
  tenants bigint[];
  versionings text[];
  trashes integer[];
  latests bigint[];
  nulls boolean[];
  replaced bigint[];
  gone record;
  -- As long as the calls from the start: an array that is null begins at the first place that is set.
  gone_versions bigint[] := array_fill(NULL::bigint, ARRAY[cardinality(p_calls)]);
  gone_bytes bigint[] := gone_versions;
  gone_stored bigint[] := gone_versions;
  gone_to_trash bigint[] := gone_versions;
BEGIN
  PERFORM pg_advisory_xact_lock_shared(hashtextextended('bucket', l.bucket))
    FROM (SELECT DISTINCT c.bucket FROM unnest(p_calls) c ORDER BY 1) l;
  PERFORM pg_advisory_xact_lock(l.key_lock)
    FROM (SELECT hashtextextended('key/' || c.key, c.bucket) AS key_lock FROM unnest(p_calls) c ORDER BY 1) l;
  -- A statement of its own: it has to see what those have committed whose locks it waited for.
  SELECT array_agg(f.outcome), array_agg(f.tenant_id), array_agg(f.versioning), array_agg(f.trash_seconds),
      array_agg(f.latest), array_agg(f.latest_null), array_agg(f.replaced)
    INTO outcomes, tenants, versionings, trashes, latests, nulls, replaced
    FROM (
      SELECT CASE
          WHEN b.tenant_id IS NULL THEN 'stale'
          WHEN c.if_none_match IN ('*', o.etag) AND NOT o.delete_marker THEN 'exists'
          WHEN c.if_match IS NOT NULL AND o.delete_marker IS DISTINCT FROM false THEN 'missing'
          WHEN c.if_match <> '*' AND c.if_match <> o.etag THEN 'mismatch'
          ELSE 'ok'
        END AS outcome, b.tenant_id, b.versioning, b.trash_seconds, o.id AS latest, o.is_null AS latest_null,
        CASE WHEN NOT o.delete_marker THEN o.size END AS replaced
      -- Limits, so that it is a look-up in the index for each call however small the tables were when it was planned.
      FROM unnest(p_calls) WITH ORDINALITY c LEFT JOIN LATERAL (
        SELECT b.tenant_id, b.versioning, b.trash_seconds FROM bucket b
          WHERE b.id = c.bucket AND b.revision = c.revision AND b.deleted_at IS NULL LIMIT 1
      ) b ON true LEFT JOIN LATERAL (
        SELECT v.id, v.is_null, v.delete_marker, v.size, v.etag FROM object_version v
          WHERE v.bucket_id = c.bucket AND v.key = c.key AND v.state = 'COMMITTED' ORDER BY v.id DESC LIMIT 1
      ) o ON true
      ORDER BY c.ordinality
    ) f;
  FOR i IN 1..cardinality(p_calls) LOOP
    IF latests[i] IS NOT NULL AND outcomes[i] = 'ok' THEN
      gone := supersede(p_calls[i].bucket, p_calls[i].key, versionings[i], trashes[i], latests[i], nulls[i], p_calls[i].owner);
      gone_versions[i] := gone.versions;
      gone_bytes[i] := gone.bytes;
      gone_stored[i] := gone.stored;
      gone_to_trash[i] := gone.trashed;
    END IF;
  END LOOP;
  RETURN QUERY
  WITH call AS MATERIALIZED (
    SELECT c.*, c.versioning <> 'ENABLED' AS makes_null, CASE WHEN c.replaced IS NULL THEN 1 ELSE 0 END AS new_objects,
      c.size - COALESCE(c.replaced, 0) AS shown_bytes
    FROM unnest(p_calls, outcomes, tenants, versionings, replaced, gone_versions, gone_bytes, gone_stored, gone_to_trash)
      WITH ORDINALITY c (bucket, revision, key, if_match, if_none_match, blob, scope, address, size, content, domain, stored,
        format, wrapped_key, etag, content_type, headers, metadata, tags, checksum, storage_class, encryption, replication,
        owner, action, origin, acl, outcome, tenant, versioning, replaced, gone_versions, gone_bytes, gone_stored,
        gone_to_trash, place)
  ), claimed AS (
    INSERT INTO blob AS b (id, scope, address, size, state, content, ref_count, domain, stored_size, format, wrapped_key)
      SELECT c.blob, c.scope, c.address, c.size, 'live', c.content, 1, c.domain, c.stored, c.format, c.wrapped_key
        FROM call c WHERE c.outcome = 'ok'
      ON CONFLICT (scope, address, domain) WHERE state = 'live' DO UPDATE SET ref_count = b.ref_count + 1, review_at = NULL,
        -- What is damaged is healed by the bytes that came.
        content = CASE WHEN b.damage IS NULL THEN b.content ELSE excluded.content END,
        stored_size = CASE WHEN b.damage IS NULL THEN b.stored_size ELSE excluded.stored_size END,
        format = CASE WHEN b.damage IS NULL THEN b.format ELSE excluded.format END,
        wrapped_key = CASE WHEN b.damage IS NULL THEN b.wrapped_key ELSE excluded.wrapped_key END,
        damage = NULL, damaged_at = NULL
      RETURNING b.id, b.address, b.stored_size
  ), v AS (
    INSERT INTO object_version AS v (bucket_id, key, is_latest, is_null, blob_id, size, stored_size, etag, sha256,
        content_type, headers, metadata, tags, checksum, storage_class, encryption, replication_status, owner_id, acl)
      SELECT c.bucket, c.key, true, c.makes_null, d.id, c.size, d.stored_size, c.etag, c.address,
        c.content_type, c.headers, c.metadata, c.tags, c.checksum, c.storage_class, c.encryption, c.replication, c.owner, c.acl
        FROM claimed d JOIN call c ON c.address = d.address
      RETURNING v.id, v.created_at, v.blob_id, v.sha256, v.stored_size
  ), recorded AS (
    INSERT INTO event (tenant_id, action, actor_id, bucket_id, key, version_id, request_id, source_ip, actor_name, access_key_id,
        object_change, byte_change)
      SELECT c.tenant, c.action, c.owner, c.bucket, c.key, v.id, c.origin[1], c.origin[2], c.origin[3], c.origin[4],
        c.new_objects, c.shown_bytes FROM v JOIN call c ON c.address = v.sha256
  ), counted AS (
    INSERT INTO bucket_usage AS u (bucket_id, shard, objects, versions, bytes, stored_bytes, trash_bytes)
      SELECT s.bucket, usage_shard(s.bucket), s.objects, s.versions, s.bytes, s.stored, s.trashed FROM (
        SELECT c.bucket, sum(c.new_objects) AS objects, sum(1 - COALESCE(c.gone_versions, 0)) AS versions,
          sum(c.size - COALESCE(c.gone_bytes, 0)) AS bytes, sum(v.stored_size - COALESCE(c.gone_stored, 0)) AS stored,
          COALESCE(sum(c.gone_to_trash), 0) AS trashed
        FROM v JOIN call c ON c.address = v.sha256 GROUP BY c.bucket ORDER BY c.bucket
      ) s
      ON CONFLICT (bucket_id, shard) DO UPDATE SET
        objects = u.objects + excluded.objects, versions = u.versions + excluded.versions,
        bytes = u.bytes + excluded.bytes, stored_bytes = u.stored_bytes + excluded.stored_bytes,
        trash_bytes = u.trash_bytes + excluded.trash_bytes
  )
  SELECT c.outcome, v.id, c.makes_null, v.created_at, v.blob_id <> c.blob, v.stored_size
    FROM call c LEFT JOIN v ON v.sha256 = c.address ORDER BY c.place;
END
$$;

-- The write path: one call commits one version. See docs/design.md, "Bytes".
--
-- Locks in this order: upload, bucket (shared), key, then rows: blob and usage shard. Deadlocks among rows are retried.

-- Keeps a bucket from being deleted while something is written into it, without writing to the bucket's row.
CREATE OR REPLACE FUNCTION lock_bucket_shared(p_bucket bigint) RETURNS void LANGUAGE sql AS $$
  SELECT pg_advisory_xact_lock_shared(hashtextextended('bucket', p_bucket))
$$;

CREATE OR REPLACE FUNCTION lock_bucket(p_bucket bigint) RETURNS void LANGUAGE sql AS $$
  SELECT pg_advisory_xact_lock(hashtextextended('bucket', p_bucket))
$$;

-- Orders the writers of one key, whether it exists or not.
CREATE OR REPLACE FUNCTION lock_key(p_bucket bigint, p_key text) RETURNS void LANGUAGE sql AS $$
  SELECT pg_advisory_xact_lock(hashtextextended('key/' || p_key, p_bucket))
$$;

CREATE OR REPLACE FUNCTION lock_upload_shared(p_upload uuid) RETURNS void LANGUAGE sql AS $$
  SELECT pg_advisory_xact_lock_shared(hashtextextended(p_upload::text, 1))
$$;

CREATE OR REPLACE FUNCTION lock_upload(p_upload uuid) RETURNS void LANGUAGE sql AS $$
  SELECT pg_advisory_xact_lock(hashtextextended(p_upload::text, 1))
$$;

-- Takes the locks and checks what a write depends on. outcome: ok; stale (the bucket changed since the caller read it,
-- or is gone); exists, missing, mismatch (a precondition failed).
CREATE OR REPLACE FUNCTION begin_write(
  p_bucket bigint, p_revision bigint, p_key text, p_if_match text, p_if_none_match text,
  OUT outcome text, OUT tenant bigint, OUT versioning text, OUT trash integer,
  OUT latest bigint, OUT latest_null boolean, OUT latest_marker boolean, OUT latest_size bigint
) LANGUAGE plpgsql AS $$
DECLARE
  latest_etag text;
BEGIN
  PERFORM pg_advisory_xact_lock_shared(hashtextextended('bucket', p_bucket)),
    pg_advisory_xact_lock(hashtextextended('key/' || p_key, p_bucket));
  SELECT b.tenant_id, b.versioning, b.trash_seconds, v.id, v.is_null, v.delete_marker, v.size, v.etag
    INTO tenant, versioning, trash, latest, latest_null, latest_marker, latest_size, latest_etag
    FROM bucket b LEFT JOIN LATERAL (
      SELECT o.id, o.is_null, o.delete_marker, o.size, o.etag FROM object_version o
      WHERE o.bucket_id = p_bucket AND o.key = p_key AND o.state = 'COMMITTED' ORDER BY o.id DESC LIMIT 1
    ) v ON true
    WHERE b.id = p_bucket AND b.revision = p_revision AND b.deleted_at IS NULL;
  IF NOT FOUND THEN
    outcome := 'stale';
    RETURN;
  END IF;
  outcome := CASE
    WHEN latest IS NOT NULL AND NOT latest_marker AND p_if_none_match IN ('*', latest_etag) THEN 'exists'
    WHEN p_if_match IS NOT NULL AND (latest IS NULL OR latest_marker) THEN 'missing'
    WHEN p_if_match IS NOT NULL AND p_if_match <> '*' AND p_if_match <> latest_etag THEN 'mismatch'
    ELSE 'ok'
  END;
END
$$;

-- Refers to the live blob with these bytes, or makes the caller's own blob live. Bytes are shared inside a scope and a
-- domain (the store, and whose key seals them); with p_domain null they are shared with nobody. Small bytes come along;
-- for others (p_content null) the caller has a pending row. blob is null when that row is gone (swept) and no good equal
-- blob is there: nothing may then be acknowledged. Two pending rows that race to become live raise unique_violation.
CREATE OR REPLACE FUNCTION claim_blob(
  p_blob uuid, p_scope bigint, p_address bytea, p_size bigint, p_content bytea,
  p_domain text, p_stored bigint, p_format smallint, p_key bytea,
  OUT blob uuid, OUT deduplicated boolean, OUT stored bigint
) LANGUAGE plpgsql AS $$
DECLARE
  harm text;
BEGIN
  IF p_content IS NOT NULL THEN
    INSERT INTO blob AS b (id, scope, address, size, state, content, ref_count, domain, stored_size, format, wrapped_key)
      VALUES (p_blob, p_scope, p_address, p_size, 'live', p_content, 1, p_domain, p_stored, p_format, p_key)
      ON CONFLICT (scope, address, domain) WHERE state = 'live' DO UPDATE SET ref_count = b.ref_count + 1, review_at = NULL
      RETURNING b.id, b.id <> p_blob, b.stored_size, b.damage INTO blob, deduplicated, stored, harm;
    IF harm IS NOT NULL THEN
      UPDATE blob b SET content = p_content, stored_size = p_stored, format = p_format, wrapped_key = p_key,
          damage = NULL, damaged_at = NULL
        WHERE b.id = claim_blob.blob;
      stored := p_stored;
    END IF;
    RETURN;
  END IF;
  UPDATE blob b SET ref_count = b.ref_count + 1, review_at = NULL
    WHERE b.scope = p_scope AND b.address = p_address AND b.domain = p_domain AND b.state = 'live'
      -- A damaged blob is good for nobody who has no bytes to heal it with.
      AND (b.damage IS NULL OR EXISTS (SELECT FROM blob f WHERE f.id = p_blob AND f.state = 'pending'))
    RETURNING b.id, b.stored_size, b.damage INTO blob, stored, harm;
  deduplicated := FOUND;
  IF NOT deduplicated THEN
    UPDATE blob b SET state = 'live', ref_count = 1 WHERE b.id = p_blob AND b.state = 'pending'
      RETURNING b.id, b.stored_size INTO blob, stored;
  ELSIF harm IS NULL THEN
    UPDATE blob b SET state = 'dead', dead_at = now() WHERE b.id = p_blob AND b.state = 'pending';
  ELSE
    stored := heal_blob(claim_blob.blob, p_blob);
  END IF;
END
$$;

-- Gives a damaged blob the good bytes of a pending one with the same content, and lets the damaged bytes go with the
-- pending row. Raises serialization_failure when that row went while the caller claimed the blob: on another attempt the
-- claim finds out. Returns the stored size of what the blob has now.
CREATE OR REPLACE FUNCTION heal_blob(p_damaged uuid, p_fresh uuid) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
  damaged blob;
  fresh blob;
BEGIN
  SELECT * INTO damaged FROM blob b WHERE b.id = p_damaged FOR UPDATE;
  SELECT * INTO fresh FROM blob b WHERE b.id = p_fresh AND b.state = 'pending' FOR UPDATE;
  IF fresh.id IS NULL THEN
    RAISE EXCEPTION 'blob % went while it was to heal another', p_fresh USING ERRCODE = 'serialization_failure';
  END IF;
  UPDATE blob b SET state = 'dead', dead_at = now(), path = NULL WHERE b.id = fresh.id;
  UPDATE blob b SET path = fresh.path, stored_size = fresh.stored_size, format = fresh.format,
      wrapped_key = fresh.wrapped_key, damage = NULL, damaged_at = NULL
    WHERE b.id = damaged.id;
  UPDATE blob b SET path = damaged.path WHERE b.id = fresh.id;
  -- Copies have the old bytes, which another key may seal: they go with them, and are made anew.
  UPDATE blob_copy c SET blob_id = fresh.id WHERE c.blob_id = damaged.id;
  INSERT INTO blob_copy (blob_id, store) SELECT damaged.id, c.store FROM blob_copy c WHERE c.blob_id = fresh.id;
  RETURN fresh.stored_size;
END
$$;

-- Hides a committed version, unless object lock keeps it; its bytes stay until it is purged.
-- Without a trash, purge_after is deleted_at itself: what is to be restored, and counts in the usage, has it later.
CREATE OR REPLACE FUNCTION hide_version(p_id bigint, p_trash integer, p_bypass boolean, p_by bigint) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
  hidden_at timestamptz := clock_timestamp();
BEGIN
  UPDATE object_version
    SET state = 'DELETING', is_latest = false, deleted_at = hidden_at, deleted_by = p_by,
        purge_after = hidden_at + make_interval(secs => p_trash)
    WHERE id = p_id AND state = 'COMMITTED' AND NOT is_locked(lock_mode, retain_until, legal_hold, p_bypass);
  IF NOT FOUND THEN
    RAISE EXCEPTION 'version % cannot be hidden', p_id USING ERRCODE = 'object_not_in_prerequisite_state';
  END IF;
END
$$;

-- A row of a bucket's usage that no other transaction counts in just now, so that writers of one bucket do not wait for
-- each other's commits. With more than 64 writers at once some do wait.
CREATE OR REPLACE FUNCTION usage_shard(p_bucket bigint) RETURNS smallint LANGUAGE plpgsql AS $$
DECLARE
  shard integer := pg_backend_pid() % 64;
BEGIN
  FOR attempt IN 1..64 LOOP
    EXIT WHEN pg_try_advisory_xact_lock(hashtextextended('usage', p_bucket) + shard);
    shard := (shard + 1) % 64;
  END LOOP;
  RETURN shard;
END
$$;

CREATE OR REPLACE FUNCTION count_usage(
  p_bucket bigint, p_objects bigint, p_versions bigint, p_bytes bigint, p_stored bigint,
  p_trash bigint, p_parts bigint
) RETURNS void LANGUAGE sql AS $$
  INSERT INTO bucket_usage AS u (bucket_id, shard, objects, versions, bytes, stored_bytes, trash_bytes, part_bytes)
    VALUES (p_bucket, usage_shard(p_bucket), p_objects, p_versions, p_bytes, p_stored, p_trash, p_parts)
    ON CONFLICT (bucket_id, shard) DO UPDATE
      SET objects = u.objects + excluded.objects, versions = u.versions + excluded.versions,
        bytes = u.bytes + excluded.bytes, stored_bytes = u.stored_bytes + excluded.stored_bytes,
        trash_bytes = u.trash_bytes + excluded.trash_bytes, part_bytes = u.part_bytes + excluded.part_bytes
$$;

-- Makes way for a new latest version of a key, after begin_write said ok: the null version is replaced unless the
-- bucket keeps versions. Returns what left the bucket's committed state, and how many of its bytes are in the trash now.
CREATE OR REPLACE FUNCTION supersede(
  p_bucket bigint, p_key text, p_versioning text, p_trash integer, p_latest bigint, p_latest_null boolean, p_by bigint,
  OUT versions bigint, OUT bytes bigint, OUT stored bigint, OUT trashed bigint
) LANGUAGE plpgsql AS $$
DECLARE
  replaced record;
BEGIN
  versions := 0;
  bytes := 0;
  stored := 0;
  trashed := 0;
  IF p_latest IS NULL THEN
    RETURN;
  END IF;
  IF p_versioning = 'ENABLED' OR NOT p_latest_null THEN
    UPDATE object_version SET is_latest = false WHERE id = p_latest;
  END IF;
  IF p_versioning <> 'ENABLED' THEN
    SELECT v.id, v.size, v.stored_size, v.delete_marker INTO replaced FROM object_version v
      WHERE v.bucket_id = p_bucket AND v.key = p_key AND v.state = 'COMMITTED' AND v.is_null;
    IF FOUND THEN
      PERFORM hide_version(replaced.id, p_trash, false, p_by);
      bytes := replaced.size;
      stored := replaced.stored_size;
      trashed := CASE WHEN p_trash > 0 THEN bytes ELSE 0 END;
      versions := CASE WHEN replaced.delete_marker THEN 0 ELSE 1 END;
    END IF;
  END IF;
END
$$;

-- Commits a version whose bytes are claimed, after begin_write said ok: supersedes, inserts, records and counts.
-- p_lock: {"mode", "retainUntil", "legalHold"}, each of them optional; p_replicate: the targets that get the version;
-- p_origin, for the event: request id, address, the actor's name, the access key.
CREATE OR REPLACE FUNCTION insert_version(
  p_begun record, p_bucket bigint, p_key text, p_blob uuid, p_size bigint, p_stored bigint, p_etag text, p_sha256 bytea,
  p_content_type text, p_headers jsonb, p_metadata jsonb, p_tags jsonb, p_checksum jsonb, p_parts integer,
  p_storage_class text, p_encryption jsonb, p_lock jsonb, p_replication text, p_replicate uuid[],
  p_owner bigint, p_action text, p_origin text[], p_acl jsonb,
  OUT version bigint, OUT is_null boolean, OUT created timestamptz
) LANGUAGE plpgsql AS $$
DECLARE
  gone_versions bigint := 0;
  gone_bytes bigint := 0;
  gone_stored bigint := 0;
  gone_to_trash bigint := 0;
  new_objects bigint := 1;
  shown_bytes bigint := p_size;
BEGIN
  IF p_begun.latest IS NOT NULL THEN
    SELECT g.versions, g.bytes, g.stored, g.trashed INTO gone_versions, gone_bytes, gone_stored, gone_to_trash
      FROM supersede(p_bucket, p_key, p_begun.versioning, p_begun.trash, p_begun.latest, p_begun.latest_null, p_owner) g;
    IF NOT p_begun.latest_marker THEN
      new_objects := 0;
      shown_bytes := p_size - p_begun.latest_size;
    END IF;
  END IF;
  is_null := p_begun.versioning <> 'ENABLED';
  -- One statement for all rows: each statement of its own would cost as much as its row.
  WITH v AS (
    INSERT INTO object_version AS v (bucket_id, key, is_latest, is_null, blob_id, size, stored_size, etag, sha256,
        content_type, headers, metadata, tags, checksum, part_count, storage_class, encryption, replication_status, owner_id,
        acl)
      VALUES (p_bucket, p_key, true, insert_version.is_null, p_blob, p_size, p_stored, p_etag, p_sha256,
        p_content_type, p_headers, p_metadata, p_tags, p_checksum, p_parts, p_storage_class, p_encryption, p_replication, p_owner,
        p_acl)
      RETURNING v.id, v.created_at
  ), recorded AS (
    INSERT INTO event (tenant_id, action, actor_id, bucket_id, key, version_id, request_id, source_ip, actor_name, access_key_id,
        object_change, byte_change)
      SELECT p_begun.tenant, p_action, p_owner, p_bucket, p_key, v.id, p_origin[1], p_origin[2], p_origin[3], p_origin[4],
        new_objects, shown_bytes FROM v
  ), counted AS (
    INSERT INTO bucket_usage AS u (bucket_id, shard, objects, versions, bytes, stored_bytes, trash_bytes)
      VALUES (p_bucket, usage_shard(p_bucket), new_objects, 1 - gone_versions, p_size - gone_bytes,
        p_stored - gone_stored, gone_to_trash)
      ON CONFLICT (bucket_id, shard) DO UPDATE SET
        objects = u.objects + excluded.objects, versions = u.versions + excluded.versions,
        bytes = u.bytes + excluded.bytes, stored_bytes = u.stored_bytes + excluded.stored_bytes,
        trash_bytes = u.trash_bytes + excluded.trash_bytes
  )
  SELECT v.id, v.created_at INTO version, created FROM v;
  IF p_lock IS NOT NULL THEN
    PERFORM lock_version(version, p_lock);
  END IF;
  IF p_replicate IS NOT NULL THEN
    PERFORM replicate_version(version, p_replicate);
  END IF;
END
$$;

-- Queues a version for its replication targets; one that was queued before starts anew.
CREATE OR REPLACE FUNCTION replicate_version(p_version bigint, p_targets uuid[]) RETURNS void LANGUAGE sql AS $$
  INSERT INTO replication_task (version_id, target_id) SELECT p_version, t.id FROM replication_target t WHERE t.id = ANY (p_targets)
    ON CONFLICT (version_id, target_id) DO UPDATE
      SET state = 'PENDING', attempts = 0, next_at = now(), error = NULL, updated_at = now()
$$;

-- Wants the bytes of a blob in further stores, unless they are there or on their way.
CREATE OR REPLACE FUNCTION want_copies(p_blob uuid, p_stores text[]) RETURNS void LANGUAGE sql AS $$
  INSERT INTO blob_copy (blob_id, store) SELECT p_blob, unnest(p_stores) ON CONFLICT (blob_id, store) DO NOTHING
$$;

-- One whole write of one object: outcome as of begin_write, lost (see claim_blob), or quota (see exceeds_quota).
CREATE OR REPLACE FUNCTION put_version(
  p_bucket bigint, p_revision bigint, p_key text, p_if_match text, p_if_none_match text,
  p_blob uuid, p_scope bigint, p_address bytea, p_size bigint, p_content bytea,
  p_domain text, p_stored bigint, p_format smallint, p_wrapped_key bytea, p_copies text[], p_etag text,
  p_content_type text, p_headers jsonb, p_metadata jsonb, p_tags jsonb, p_checksum jsonb, p_storage_class text,
  p_encryption jsonb, p_lock jsonb, p_replication text, p_replicate uuid[],
  p_owner bigint, p_action text, p_origin text[], p_quota bigint[], p_acl jsonb,
  OUT outcome text, OUT version bigint, OUT is_null boolean, OUT created timestamptz, OUT deduplicated boolean, OUT stored bigint
) LANGUAGE plpgsql AS $$
DECLARE
  begun record;
  claimed record;
  inserted record;
BEGIN
  begun := begin_write(p_bucket, p_revision, p_key, p_if_match, p_if_none_match);
  outcome := begun.outcome;
  IF outcome <> 'ok' THEN
    RETURN;
  END IF;
  IF p_quota IS NOT NULL AND write_exceeds_quota(begun, p_bucket, p_quota, p_size) THEN
    outcome := 'quota';
    RETURN;
  END IF;
  claimed := claim_blob(p_blob, p_scope, p_address, p_size, p_content, p_domain, p_stored, p_format, p_wrapped_key);
  IF claimed.blob IS NULL THEN
    outcome := 'lost';
    RETURN;
  END IF;
  IF p_copies IS NOT NULL THEN
    PERFORM want_copies(claimed.blob, p_copies);
  END IF;
  inserted := insert_version(begun, p_bucket, p_key, claimed.blob, p_size, claimed.stored, p_etag, p_address,
    p_content_type, p_headers, p_metadata, p_tags, p_checksum, 0, p_storage_class, p_encryption, p_lock, p_replication,
    p_replicate, p_owner, p_action, p_origin, p_acl);
  version := inserted.version;
  is_null := inserted.is_null;
  created := inserted.created;
  deduplicated := claimed.deduplicated;
  stored := claimed.stored;
END
$$;

-- Whether the version (0: the null version; null: there is none) is as a delete wants it: ok, missing or mismatch.
-- p_if: {"etag", "size", "modified", "id"}, each of them optional. A version that was named and is gone needs no delete.
-- A delete marker has no entity tag and no size.
CREATE OR REPLACE FUNCTION judge_delete(p_bucket bigint, p_key text, p_version bigint, p_if jsonb) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
  subject record;
BEGIN
  IF p_version IS DISTINCT FROM 0 AND (p_if ->> 'id')::bigint <> COALESCE(p_version, 0) THEN
    RETURN 'mismatch';
  END IF;
  SELECT v.id, v.etag, v.size, v.created_at, v.delete_marker INTO subject FROM object_version v
    WHERE v.bucket_id = p_bucket AND v.key = p_key AND v.state = 'COMMITTED'
      AND CASE WHEN p_version = 0 THEN v.is_null ELSE v.id = p_version END;
  IF NOT FOUND THEN
    RETURN CASE WHEN p_version IS NULL AND p_if ? 'etag' THEN 'missing' ELSE 'ok' END;
  END IF;
  IF (p_if ->> 'id')::bigint <> subject.id THEN
    -- Another null version has taken the place of the one that was meant.
    RETURN 'mismatch';
  END IF;
  IF subject.delete_marker THEN
    RETURN CASE
      WHEN p_if ?| ARRAY['etag', 'size'] THEN 'mismatch'
      WHEN date_trunc('second', (p_if ->> 'modified')::timestamptz) <> date_trunc('second', subject.created_at) THEN 'mismatch'
      ELSE 'ok'
    END;
  END IF;
  RETURN CASE
    WHEN p_if ->> 'etag' NOT IN ('*', subject.etag) THEN 'mismatch'
    WHEN (p_if ->> 'size')::bigint <> subject.size THEN 'mismatch'
    WHEN date_trunc('second', (p_if ->> 'modified')::timestamptz) <> date_trunc('second', subject.created_at) THEN 'mismatch'
    ELSE 'ok'
  END;
END
$$;

-- Deletes a key (p_version null) or one version of it (0: the null version). p_bypass: past governance retention.
-- p_replication and p_replicate: of the delete marker, if one is made; p_origin: as for insert_version. outcome: ok, stale,
-- absent, locked.
CREATE OR REPLACE FUNCTION delete_version(
  p_bucket bigint, p_revision bigint, p_key text, p_version bigint, p_bypass boolean, p_replication text,
  p_replicate uuid[], p_owner bigint, p_origin text[], p_if jsonb DEFAULT NULL,
  OUT outcome text, OUT marker bigint, OUT marker_null boolean, OUT removed_marker boolean
) LANGUAGE plpgsql AS $$
DECLARE
  begun record;
  gone record;
  target bigint;
  target_size bigint;
  target_stored bigint;
  target_locked boolean;
  target_latest boolean;
  heir_marker boolean;
  heir_size bigint;
  shown_objects bigint := 0;
  shown_bytes bigint := 0;
BEGIN
  begun := begin_write(p_bucket, p_revision, p_key, NULL, NULL);
  outcome := begun.outcome;
  IF outcome = 'ok' AND p_if IS NOT NULL THEN
    outcome := judge_delete(p_bucket, p_key, COALESCE(p_version, begun.latest), p_if);
  END IF;
  IF outcome <> 'ok' THEN
    RETURN;
  END IF;
  IF p_version IS NULL THEN
    IF begun.versioning = 'UNVERSIONED' AND begun.latest IS NULL THEN
      outcome := 'absent';
      RETURN;
    END IF;
    gone := supersede(p_bucket, p_key, begun.versioning, begun.trash, begun.latest, begun.latest_null, p_owner);
    IF begun.versioning <> 'UNVERSIONED' THEN
      marker_null := begun.versioning = 'SUSPENDED';
      INSERT INTO object_version (bucket_id, key, is_latest, is_null, delete_marker, replication_status, owner_id)
        VALUES (p_bucket, p_key, true, marker_null, true, p_replication, p_owner) RETURNING id INTO marker;
      IF p_replicate IS NOT NULL THEN
        PERFORM replicate_version(marker, p_replicate);
      END IF;
    END IF;
    IF begun.latest IS NOT NULL AND NOT begun.latest_marker THEN
      shown_objects := -1;
      shown_bytes := -begun.latest_size;
    END IF;
    PERFORM count_usage(p_bucket, shown_objects, -gone.versions, -gone.bytes, -gone.stored, gone.trashed, 0);
  ELSE
    SELECT v.id, v.size, v.stored_size, v.delete_marker, v.is_latest, is_locked(v.lock_mode, v.retain_until, v.legal_hold, p_bypass)
      INTO target, target_size, target_stored, removed_marker, target_latest, target_locked FROM object_version v
      WHERE v.bucket_id = p_bucket AND v.key = p_key AND v.state = 'COMMITTED'
        AND CASE WHEN p_version = 0 THEN v.is_null ELSE v.id = p_version END;
    IF NOT FOUND THEN
      outcome := 'absent';
      RETURN;
    END IF;
    IF target_locked THEN
      outcome := 'locked';
      RETURN;
    END IF;
    PERFORM hide_version(target, begun.trash, p_bypass, p_owner);
    IF target_latest THEN
      UPDATE object_version v SET is_latest = true
        WHERE v.id = (SELECT o.id FROM object_version o
          WHERE o.bucket_id = p_bucket AND o.key = p_key AND o.state = 'COMMITTED' ORDER BY o.id DESC LIMIT 1)
        RETURNING v.delete_marker, v.size INTO heir_marker, heir_size;
      IF NOT removed_marker THEN
        shown_objects := -1;
        shown_bytes := -target_size;
      END IF;
      IF heir_marker IS FALSE THEN
        shown_objects := shown_objects + 1;
        shown_bytes := shown_bytes + heir_size;
      END IF;
    END IF;
    PERFORM count_usage(p_bucket, shown_objects,
      CASE WHEN removed_marker THEN 0 ELSE -1 END, -target_size, -target_stored,
      CASE WHEN begun.trash > 0 THEN target_size ELSE 0 END, 0);
  END IF;
  INSERT INTO event (tenant_id, action, actor_id, bucket_id, key, version_id, request_id, source_ip, actor_name, access_key_id,
      object_change, byte_change)
    VALUES (begun.tenant, CASE WHEN p_version IS NULL THEN 's3:DeleteObject' ELSE 's3:DeleteObjectVersion' END, p_owner,
      p_bucket, p_key, COALESCE(marker, target, begun.latest), p_origin[1], p_origin[2], p_origin[3], p_origin[4],
      shown_objects, shown_bytes);
END
$$;

-- Drops one reference; a blob without any is looked at again after the grace.
CREATE OR REPLACE FUNCTION release_blob(p_blob uuid, p_grace integer) RETURNS void LANGUAGE sql AS $$
  UPDATE blob SET ref_count = ref_count - 1,
      review_at = CASE WHEN ref_count = 1 THEN now() + make_interval(secs => p_grace) END
    WHERE id = p_blob
$$;

-- One part of an upload. outcome: ok, missing (no such open upload of this key), lost (see claim_blob), quota.
CREATE OR REPLACE FUNCTION put_part(
  p_bucket bigint, p_key text, p_upload uuid, p_number integer,
  p_blob uuid, p_scope bigint, p_address bytea, p_size bigint, p_content bytea,
  p_domain text, p_stored bigint, p_format smallint, p_wrapped_key bytea, p_copies text[], p_etag text, p_checksum text,
  p_grace integer, p_quota bigint[],
  OUT outcome text, OUT created timestamptz, OUT deduplicated boolean
) LANGUAGE plpgsql AS $$
DECLARE
  claimed record;
  old_blob uuid;
  old_size bigint := 0;
BEGIN
  PERFORM pg_advisory_xact_lock_shared(hashtextextended(p_upload::text, 1));
  PERFORM 1 FROM upload u WHERE u.id = p_upload AND u.bucket_id = p_bucket AND u.key = p_key AND u.state = 'OPEN';
  IF NOT FOUND THEN
    outcome := 'missing';
    RETURN;
  END IF;
  IF p_quota IS NOT NULL THEN
    SELECT p.size INTO old_size FROM upload_part p WHERE p.upload_id = p_upload AND p.part_number = p_number;
    IF exceeds_quota(p_bucket, p_quota, p_size - COALESCE(old_size, 0), 0) THEN
      outcome := 'quota';
      RETURN;
    END IF;
  END IF;
  claimed := claim_blob(p_blob, p_scope, p_address, p_size, p_content, p_domain, p_stored, p_format, p_wrapped_key);
  IF claimed.blob IS NULL THEN
    outcome := 'lost';
    RETURN;
  END IF;
  IF p_copies IS NOT NULL THEN
    PERFORM want_copies(claimed.blob, p_copies);
  END IF;
  created := clock_timestamp();
  SELECT p.blob_id, p.size INTO old_blob, old_size FROM upload_part p
    WHERE p.upload_id = p_upload AND p.part_number = p_number FOR UPDATE;
  IF FOUND THEN
    UPDATE upload_part p SET blob_id = claimed.blob, size = p_size, stored_size = claimed.stored, etag = p_etag, checksum = p_checksum, created_at = created
      WHERE p.upload_id = p_upload AND p.part_number = p_number;
    PERFORM release_blob(old_blob, p_grace);
  ELSE
    INSERT INTO upload_part (upload_id, part_number, blob_id, size, stored_size, etag, checksum, created_at)
      VALUES (p_upload, p_number, claimed.blob, p_size, claimed.stored, p_etag, p_checksum, created);
  END IF;
  PERFORM count_usage(p_bucket, 0, 0, 0, 0, 0, p_size - COALESCE(old_size, 0));
  outcome := 'ok';
  deduplicated := claimed.deduplicated;
END
$$;

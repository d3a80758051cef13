-- Gives a version another storage class while it is read and written. See docs/design.md, "Moving between stores".

-- Refers a committed version to other blobs with the same content and sets its class, in one step. p_from: its blobs that
-- move, with the paths they were copied from; p_to: for each a pending row with the copy, or null where a good equal blob
-- lives in its p_domains. outcome: ok; stale (the bucket changed or is gone); changed (the version is gone, or is not what
-- the caller read, or its bytes are); lost (see claim_blob). Unless it is ok, nothing has changed.
CREATE OR REPLACE FUNCTION transition_version(
  p_bucket bigint, p_revision bigint, p_key text, p_version bigint, p_class_before text, p_class text,
  p_from uuid[], p_paths text[], p_to uuid[], p_domains text[], p_copies text[], p_grace integer,
  p_owner bigint, p_action text, p_origin text[],
  OUT outcome text, OUT stored bigint
) LANGUAGE plpgsql AS $$
DECLARE
  tenant bigint;
  moved object_version;
BEGIN
  PERFORM lock_bucket_shared(p_bucket), lock_key(p_bucket, p_key);
  SELECT b.tenant_id INTO tenant FROM bucket b
    WHERE b.id = p_bucket AND b.revision = p_revision AND b.deleted_at IS NULL;
  IF NOT FOUND THEN
    outcome := 'stale';
    RETURN;
  END IF;
  SELECT * INTO moved FROM object_version v
    WHERE v.id = p_version AND v.bucket_id = p_bucket AND v.key = p_key AND v.state = 'COMMITTED'
      AND NOT v.delete_marker AND v.storage_class = p_class_before
    FOR UPDATE;
  IF NOT FOUND THEN
    outcome := 'changed';
    RETURN;
  END IF;
  BEGIN
    FOR i IN 1..cardinality(p_from) LOOP
      PERFORM move_reference(moved, p_from[i], p_paths[i], p_to[i], p_domains[i], p_copies, p_grace);
    END LOOP;
  EXCEPTION
    WHEN object_not_in_prerequisite_state THEN
      outcome := 'changed';
      RETURN;
    WHEN no_data_found THEN
      outcome := 'lost';
      RETURN;
  END;
  UPDATE object_version v SET storage_class = p_class, stored_size = COALESCE((
      SELECT sum(b.stored_size) FROM blob b JOIN version_part p ON p.blob_id = b.id WHERE p.version_id = v.id
    ), (SELECT b.stored_size FROM blob b WHERE b.id = v.blob_id), v.stored_size)
    WHERE v.id = p_version RETURNING v.stored_size INTO stored;
  IF stored <> moved.stored_size THEN
    PERFORM count_usage(p_bucket, 0, 0, 0, stored - moved.stored_size, 0, 0);
  END IF;
  INSERT INTO event (tenant_id, action, actor_id, bucket_id, key, version_id, request_id, source_ip, actor_name, access_key_id,
      details)
    VALUES (tenant, p_action, p_owner, p_bucket, p_key, p_version, p_origin[1], p_origin[2], p_origin[3], p_origin[4],
      jsonb_build_object('from', p_class_before, 'to', p_class));
  outcome := 'ok';
END
$$;

-- Refers a version, wherever it refers to one blob, to its like in another domain. Raises
-- object_not_in_prerequisite_state when the version or the blob's bytes changed, no_data_found when the copy is lost.
CREATE OR REPLACE FUNCTION move_reference(
  p_version object_version, p_from uuid, p_path text, p_to uuid, p_domain text, p_copies text[], p_grace integer
) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  source blob;
  claimed record;
  uses integer;
BEGIN
  SELECT count(*) INTO uses FROM version_part p WHERE p.version_id = p_version.id AND p.blob_id = p_from;
  IF p_version.blob_id = p_from THEN
    uses := uses + 1;
  END IF;
  SELECT * INTO source FROM blob b WHERE b.id = p_from AND b.state = 'live' AND b.path = p_path AND b.damage IS NULL;
  IF NOT FOUND OR uses = 0 THEN
    RAISE EXCEPTION 'blob % is not what was copied', p_from USING ERRCODE = 'object_not_in_prerequisite_state';
  END IF;
  -- The data key may have been wrapped with a newer key while the bytes were copied.
  UPDATE blob b SET wrapped_key = source.wrapped_key WHERE b.id = p_to AND b.state = 'pending';
  claimed := claim_blob(p_to, source.scope, source.address, source.size, NULL, p_domain, source.stored_size,
    source.format, source.wrapped_key);
  IF claimed.blob IS NULL THEN
    RAISE EXCEPTION 'the copy of blob % is gone', p_from USING ERRCODE = 'no_data_found';
  END IF;
  UPDATE blob b SET ref_count = b.ref_count + uses - 1 WHERE b.id = claimed.blob AND uses > 1;
  IF p_copies IS NOT NULL THEN
    PERFORM want_copies(claimed.blob, p_copies);
  END IF;
  UPDATE object_version v SET blob_id = claimed.blob WHERE v.id = p_version.id AND v.blob_id = p_from;
  UPDATE version_part p SET blob_id = claimed.blob WHERE p.version_id = p_version.id AND p.blob_id = p_from;
  UPDATE blob b SET ref_count = b.ref_count - uses,
      review_at = CASE WHEN b.ref_count = uses THEN now() + make_interval(secs => p_grace) END
    WHERE b.id = p_from;
END
$$;

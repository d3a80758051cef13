-- Quotas: what a tenant and a bucket may hold. See docs/tenants.md, "Quotas".

-- What counts against a quota: the bytes of all versions, of the trash, and of the parts of open uploads; and the
-- objects that listings show. Sums over the shards, so that writers have no row in common.
CREATE OR REPLACE FUNCTION quota_use_of_bucket(p_bucket bigint, OUT bytes bigint, OUT objects bigint)
LANGUAGE sql STABLE AS $$
  SELECT COALESCE(sum(u.bytes + u.trash_bytes + u.part_bytes), 0)::bigint, COALESCE(sum(u.objects), 0)::bigint
  FROM bucket_usage u WHERE u.bucket_id = p_bucket
$$;

CREATE OR REPLACE FUNCTION quota_use_of_tenant(p_tenant bigint, OUT bytes bigint, OUT objects bigint)
LANGUAGE sql STABLE AS $$
  SELECT COALESCE(sum(u.bytes + u.trash_bytes + u.part_bytes), 0)::bigint, COALESCE(sum(u.objects), 0)::bigint
  FROM bucket b JOIN bucket_usage u ON u.bucket_id = b.id WHERE b.tenant_id = p_tenant AND b.deleted_at IS NULL
$$;

-- Whether so much more would be beyond a quota. p_quota: the most bytes and objects of the tenant, then those of the
-- bucket; each of them may be null. What does not grow is never beyond: a quota that was lowered lets nobody lose the
-- ability to replace or to delete. Volatile, as the rest of the write path: it sees what was committed until now, so that
-- only what is being committed at the same moment is overlooked.
CREATE OR REPLACE FUNCTION exceeds_quota(p_bucket bigint, p_quota bigint[], p_bytes bigint, p_objects bigint)
RETURNS boolean LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  used record;
BEGIN
  IF p_bytes <= 0 AND p_objects <= 0 THEN
    RETURN false;
  END IF;
  IF p_quota[3] IS NOT NULL OR p_quota[4] IS NOT NULL THEN
    SELECT * INTO used FROM quota_use_of_bucket(p_bucket);
    IF (p_bytes > 0 AND used.bytes + p_bytes > p_quota[3]) OR (p_objects > 0 AND used.objects + p_objects > p_quota[4]) THEN
      RETURN true;
    END IF;
  END IF;
  IF p_quota[1] IS NOT NULL OR p_quota[2] IS NOT NULL THEN
    SELECT u.* INTO used FROM bucket b, quota_use_of_tenant(b.tenant_id) u WHERE b.id = p_bucket;
    IF (p_bytes > 0 AND used.bytes + p_bytes > p_quota[1]) OR (p_objects > 0 AND used.objects + p_objects > p_quota[2]) THEN
      RETURN true;
    END IF;
  END IF;
  RETURN false;
END
$$;

-- The same of a new latest version, after begin_write: what it replaces for good makes room.
CREATE OR REPLACE FUNCTION write_exceeds_quota(p_begun record, p_bucket bigint, p_quota bigint[], p_size bigint)
RETURNS boolean LANGUAGE plpgsql VOLATILE AS $$
BEGIN
  RETURN exceeds_quota(p_bucket, p_quota,
    p_size - CASE WHEN p_begun.versioning <> 'ENABLED' AND p_begun.latest_null AND p_begun.trash = 0 THEN p_begun.latest_size ELSE 0 END,
    CASE WHEN p_begun.latest IS NULL OR p_begun.latest_marker THEN 1 ELSE 0 END);
END
$$;

-- Lists walk an index in key order and jump over each common prefix, so that a page costs what the page holds.
--
-- No key of at most 1024 bytes sorts after its prefix followed by 256 times U+10FFFF.
CREATE OR REPLACE FUNCTION prefix_end(p_prefix text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
  SELECT p_prefix || repeat(chr(1114111), 256)
$$;

-- The common prefix of a key, or null when the key stands for itself.
CREATE OR REPLACE FUNCTION common_prefix(p_key text, p_prefix text, p_delimiter text) RETURNS text
LANGUAGE sql IMMUTABLE AS $$
  SELECT CASE WHEN strpos(substr(p_key, length(p_prefix) + 1), p_delimiter) > 0
    THEN left(p_key, length(p_prefix) + strpos(substr(p_key, length(p_prefix) + 1), p_delimiter) + length(p_delimiter) - 1)
  END
$$;

-- Where a list goes on: behind a common prefix when the marker is one, else behind the marker.
CREATE OR REPLACE FUNCTION list_start(p_after text, p_prefix text, p_delimiter text) RETURNS text
LANGUAGE sql IMMUTABLE AS $$
  SELECT CASE WHEN p_delimiter IS NOT NULL AND starts_with(p_after, p_prefix)
      AND common_prefix(p_after, p_prefix, p_delimiter) = p_after
    THEN prefix_end(p_after) ELSE p_after END
$$;

-- Visible objects and common prefixes after a key: each row has either a prefix or a version's id.
CREATE OR REPLACE FUNCTION list_objects(p_bucket bigint, p_prefix text, p_delimiter text, p_after text, p_limit integer)
RETURNS TABLE (prefix text, id bigint) LANGUAGE plpgsql STABLE ROWS 100
SET enable_seqscan = off SET enable_bitmapscan = off SET enable_sort = off AS $$
DECLARE
  behind text COLLATE "C" := list_start(p_after, p_prefix, p_delimiter);
  first text COLLATE "C" := p_prefix;
  past text COLLATE "C" := prefix_end(p_prefix);
  room integer := p_limit;
  r record;
BEGIN
  WHILE room > 0 LOOP
    prefix := NULL;
    FOR r IN
      SELECT v.id, v.key FROM object_version v
        WHERE v.bucket_id = p_bucket AND v.is_latest AND NOT v.delete_marker
          AND v.key > behind AND v.key >= first AND v.key <= past
        ORDER BY v.key LIMIT room
    LOOP
      room := room - 1;
      IF p_delimiter IS NOT NULL THEN
        prefix := common_prefix(r.key, p_prefix, p_delimiter);
      END IF;
      id := CASE WHEN prefix IS NULL THEN r.id END;
      RETURN NEXT;
      EXIT WHEN prefix IS NOT NULL;
    END LOOP;
    EXIT WHEN prefix IS NULL;
    behind := prefix_end(prefix);
  END LOOP;
END
$$;

-- Committed versions, newest first within a key, and common prefixes, after a key and (unless null) a version of it.
CREATE OR REPLACE FUNCTION list_versions(
  p_bucket bigint, p_prefix text, p_delimiter text, p_after text, p_after_version bigint, p_limit integer
) RETURNS TABLE (prefix text, id bigint) LANGUAGE plpgsql STABLE ROWS 100
SET enable_seqscan = off SET enable_bitmapscan = off SET enable_sort = off AS $$
DECLARE
  behind text COLLATE "C" := list_start(p_after, p_prefix, p_delimiter);
  first text COLLATE "C" := p_prefix;
  past text COLLATE "C" := prefix_end(p_prefix);
  room integer := p_limit;
  r record;
BEGIN
  IF p_after_version IS NOT NULL AND starts_with(p_after, p_prefix) THEN
    FOR r IN
      SELECT v.id FROM object_version v
        WHERE v.bucket_id = p_bucket AND v.key = p_after AND v.state = 'COMMITTED' AND v.id < p_after_version
        ORDER BY v.id DESC LIMIT room
    LOOP
      room := room - 1;
      id := r.id;
      RETURN NEXT;
    END LOOP;
  END IF;
  WHILE room > 0 LOOP
    prefix := NULL;
    FOR r IN
      SELECT v.id, v.key FROM object_version v
        WHERE v.bucket_id = p_bucket AND v.state = 'COMMITTED'
          AND v.key > behind AND v.key >= first AND v.key <= past
        ORDER BY v.bucket_id, v.key, v.id DESC LIMIT room
    LOOP
      room := room - 1;
      IF p_delimiter IS NOT NULL THEN
        prefix := common_prefix(r.key, p_prefix, p_delimiter);
      END IF;
      id := CASE WHEN prefix IS NULL THEN r.id END;
      RETURN NEXT;
      EXIT WHEN prefix IS NOT NULL;
    END LOOP;
    EXIT WHEN prefix IS NULL;
    behind := prefix_end(prefix);
  END LOOP;
END
$$;

-- Open uploads by key, oldest first within a key, and common prefixes.
CREATE OR REPLACE FUNCTION list_uploads(
  p_bucket bigint, p_prefix text, p_delimiter text, p_after text, p_after_upload uuid, p_limit integer
) RETURNS TABLE (prefix text, id uuid) LANGUAGE plpgsql STABLE ROWS 100
SET enable_seqscan = off SET enable_bitmapscan = off SET enable_sort = off AS $$
DECLARE
  behind text COLLATE "C" := list_start(p_after, p_prefix, p_delimiter);
  first text COLLATE "C" := p_prefix;
  past text COLLATE "C" := prefix_end(p_prefix);
  room integer := p_limit;
  r record;
BEGIN
  IF p_after_upload IS NOT NULL AND starts_with(p_after, p_prefix) THEN
    FOR r IN
      SELECT u.id FROM upload u
        WHERE u.bucket_id = p_bucket AND u.key = p_after AND u.state = 'OPEN' AND u.id > p_after_upload
        ORDER BY u.id LIMIT room
    LOOP
      room := room - 1;
      id := r.id;
      RETURN NEXT;
    END LOOP;
  END IF;
  WHILE room > 0 LOOP
    prefix := NULL;
    FOR r IN
      SELECT u.id, u.key FROM upload u
        WHERE u.bucket_id = p_bucket AND u.state = 'OPEN' AND u.key > behind AND u.key >= first AND u.key <= past
        ORDER BY u.bucket_id, u.key, u.id LIMIT room
    LOOP
      room := room - 1;
      IF p_delimiter IS NOT NULL THEN
        prefix := common_prefix(r.key, p_prefix, p_delimiter);
      END IF;
      id := CASE WHEN prefix IS NULL THEN r.id END;
      RETURN NEXT;
      EXIT WHEN prefix IS NOT NULL;
    END LOOP;
    EXIT WHEN prefix IS NULL;
    behind := prefix_end(prefix);
  END LOOP;
END
$$;

-- Object lock: what keeps a version, judged by the database's clock. See docs/security.md, "Object lock".

-- True while object lock keeps a version: by a hold, or by a retention that the caller may not pass by.
CREATE OR REPLACE FUNCTION is_locked(p_mode text, p_until timestamptz, p_hold boolean, p_bypass boolean)
RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT p_hold OR COALESCE(p_until > clock_timestamp() AND NOT (p_mode = 'GOVERNANCE' AND p_bypass), false)
$$;

-- True when a version's retention may become the new one (null: none): when it is over, when only its end moves, and
-- not to an earlier date, or when the caller passes by governance. Nobody passes by compliance.
CREATE OR REPLACE FUNCTION may_retain(
  p_mode text, p_until timestamptz, p_new_mode text, p_new_until timestamptz, p_bypass boolean
) RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT NOT is_locked(p_mode, p_until, false, p_bypass) OR COALESCE(p_new_mode = p_mode AND p_new_until >= p_until, false)
$$;

-- Puts a new version under object lock.
CREATE OR REPLACE FUNCTION lock_version(p_version bigint, p_lock jsonb) RETURNS void LANGUAGE sql AS $$
  UPDATE object_version
    SET lock_mode = p_lock ->> 'mode', retain_until = (p_lock ->> 'retainUntil')::timestamptz,
        legal_hold = COALESCE((p_lock ->> 'legalHold')::boolean, false), hold_decided = p_lock ? 'legalHold'
    WHERE id = p_version
$$;

-- The last line, behind the conditions of all statements: whatever changes rows, a version under a hold or a compliance
-- retention stays where it is, with its bytes, and its retention only grows. Who may pass by governance is not known here.
CREATE OR REPLACE FUNCTION keep_locked_version() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT is_locked(OLD.lock_mode, OLD.retain_until, OLD.legal_hold, true) THEN
    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
  END IF;
  IF TG_OP = 'UPDATE'
    AND (NEW.id, NEW.bucket_id, NEW.key, NEW.state, NEW.size) = (OLD.id, OLD.bucket_id, OLD.key, OLD.state, OLD.size)
    AND NEW.etag = OLD.etag AND (NEW.blob_id IS NULL) = (OLD.blob_id IS NULL)
    AND may_retain(OLD.lock_mode, OLD.retain_until, NEW.lock_mode, NEW.retain_until, true)
  THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION 'object lock keeps version % as it is', OLD.id USING ERRCODE = 'object_not_in_prerequisite_state';
END
$$;

-- Made once and never replaced: that would wait for all writers at every start.
DO $$ BEGIN
  IF NOT EXISTS (
    SELECT FROM pg_trigger WHERE tgrelid = 'object_version'::regclass AND tgname = 'object_version_keep_locked'
  ) THEN
    CREATE TRIGGER object_version_keep_locked BEFORE UPDATE OR DELETE ON object_version
      FOR EACH ROW WHEN (OLD.lock_mode IS NOT NULL OR OLD.legal_hold) EXECUTE FUNCTION keep_locked_version();
  END IF;
END $$;

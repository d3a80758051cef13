import { Migration } from '@mikro-orm/migrations';

/** Sessions that can be listed and ended, second factors, API keys, and what slows those who guess. */
export class Migration20261126030000 extends Migration {
  override up(): void {
    this.addSql(`
      ALTER TABLE user_account
        ADD COLUMN last_sign_in_at timestamptz,
        ADD COLUMN password_changed_at timestamptz,
        ADD COLUMN must_change_password boolean NOT NULL DEFAULT false
    `);
    this.addSql(`
      CREATE TABLE user_session (
        id uuid PRIMARY KEY,
        user_id bigint NOT NULL CONSTRAINT user_session_user_id_foreign REFERENCES user_account (id) ON DELETE CASCADE,
        method text NOT NULL CHECK (method IN ('PASSWORD', 'LDAP', 'OIDC')),
        user_agent text,
        source_ip text,
        created_at timestamptz NOT NULL DEFAULT now(),
        last_used_at timestamptz NOT NULL DEFAULT now(),
        expires_at timestamptz NOT NULL
      )
    `);
    this.addSql('CREATE INDEX user_session_user_id_index ON user_session (user_id)');
    this.addSql('CREATE INDEX user_session_expires_at_index ON user_session (expires_at)');
    // A session is what was only a family of refresh tokens.
    this.addSql(`
      INSERT INTO user_session (id, user_id, method, created_at, last_used_at, expires_at)
      SELECT family, min(user_id), 'PASSWORD', min(created_at), max(created_at), max(expires_at)
      FROM refresh_token GROUP BY family
    `);
    this.addSql(`
      CREATE TABLE sign_in_challenge (
        digest bytea PRIMARY KEY,
        user_id bigint NOT NULL
          CONSTRAINT sign_in_challenge_user_id_foreign REFERENCES user_account (id) ON DELETE CASCADE,
        method text NOT NULL CHECK (method IN ('PASSWORD', 'LDAP', 'OIDC')),
        needs_code boolean NOT NULL,
        needs_password boolean NOT NULL,
        attempts integer NOT NULL DEFAULT 0,
        expires_at timestamptz NOT NULL
      )
    `);
    this.addSql('CREATE INDEX sign_in_challenge_user_id_index ON sign_in_challenge (user_id)');
    this.addSql('CREATE INDEX sign_in_challenge_expires_at_index ON sign_in_challenge (expires_at)');
    this.addSql(`
      CREATE TABLE sign_in_throttle (
        subject bytea PRIMARY KEY,
        user_id bigint CONSTRAINT sign_in_throttle_user_id_foreign REFERENCES user_account (id) ON DELETE CASCADE,
        failures integer NOT NULL,
        last_failed_at timestamptz NOT NULL,
        blocked_until timestamptz
      )
    `);
    this.addSql('CREATE INDEX sign_in_throttle_user_id_index ON sign_in_throttle (user_id)');
    this.addSql('CREATE INDEX sign_in_throttle_last_failed_at_index ON sign_in_throttle (last_failed_at)');
    this.addSql(`
      CREATE TABLE sign_in_address (
        user_id bigint NOT NULL
          CONSTRAINT sign_in_address_user_id_foreign REFERENCES user_account (id) ON DELETE CASCADE,
        address text NOT NULL,
        last_used_at timestamptz NOT NULL,
        PRIMARY KEY (user_id, address)
      )
    `);
    this.addSql('CREATE INDEX sign_in_address_last_used_at_index ON sign_in_address (last_used_at)');
    this.addSql(`
      CREATE TABLE second_factor (
        id uuid PRIMARY KEY,
        user_id bigint NOT NULL CONSTRAINT second_factor_user_id_unique UNIQUE
          CONSTRAINT second_factor_user_id_foreign REFERENCES user_account (id) ON DELETE CASCADE,
        secret_sealed bytea NOT NULL,
        confirmed_at timestamptz,
        last_step bigint NOT NULL DEFAULT 0,
        created_at timestamptz NOT NULL DEFAULT now()
      )
    `);
    this.addSql(`
      CREATE TABLE recovery_code (
        digest bytea PRIMARY KEY,
        user_id bigint NOT NULL CONSTRAINT recovery_code_user_id_foreign REFERENCES user_account (id) ON DELETE CASCADE,
        used_at timestamptz
      )
    `);
    this.addSql('CREATE INDEX recovery_code_user_id_index ON recovery_code (user_id)');
    this.addSql(`
      CREATE TABLE api_key (
        id uuid PRIMARY KEY,
        user_id bigint NOT NULL CONSTRAINT api_key_user_id_foreign REFERENCES user_account (id) ON DELETE CASCADE,
        name text NOT NULL,
        digest bytea NOT NULL CONSTRAINT api_key_digest_unique UNIQUE,
        scopes text[] NOT NULL,
        session_policy jsonb,
        expires_at timestamptz,
        last_used_at timestamptz,
        created_at timestamptz NOT NULL DEFAULT now()
      )
    `);
    this.addSql('CREATE INDEX api_key_user_id_index ON api_key (user_id)');
  }
}

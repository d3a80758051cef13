import { Migration } from '@mikro-orm/migrations';

/** Temporary credentials; access keys can be out of use, and know when they were used last. */
export class Migration20261126090000 extends Migration {
  override up(): void {
    this.addSql(`
      CREATE TABLE session_credential (
        id text PRIMARY KEY,
        user_id bigint NOT NULL
          CONSTRAINT session_credential_user_id_foreign REFERENCES user_account (id) ON DELETE CASCADE,
        source_key_id text
          CONSTRAINT session_credential_source_key_id_foreign REFERENCES access_key (id) ON DELETE CASCADE,
        secret_sealed bytea NOT NULL,
        token_digest bytea NOT NULL,
        policies jsonb NOT NULL DEFAULT '[]',
        expires_at timestamptz NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now()
      )
    `);
    this.addSql('CREATE INDEX session_credential_user_id_index ON session_credential (user_id)');
    this.addSql('CREATE INDEX session_credential_source_key_id_index ON session_credential (source_key_id)');
    this.addSql('CREATE INDEX session_credential_expires_at_index ON session_credential (expires_at)');
    this.addSql(`
      ALTER TABLE access_key
        ADD COLUMN disabled boolean NOT NULL DEFAULT false,
        ADD COLUMN last_used_at timestamptz
    `);
  }
}

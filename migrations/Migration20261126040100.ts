import { Migration } from '@mikro-orm/migrations';

/** LDAP directories, and which attached policies a directory or provider takes back. */
export class Migration20261126040100 extends Migration {
  override up(): void {
    this.addSql(`
      CREATE TABLE ldap_directory (
        id uuid PRIMARY KEY,
        tenant_id bigint CONSTRAINT ldap_directory_tenant_id_foreign REFERENCES tenant (id),
        name text NOT NULL CONSTRAINT ldap_directory_name_unique UNIQUE,
        enabled boolean NOT NULL DEFAULT true,
        priority integer NOT NULL DEFAULT 100,
        settings jsonb NOT NULL,
        bind_password_sealed bytea NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now()
      )
    `);
    this.addSql('CREATE INDEX ldap_directory_tenant_id_index ON ldap_directory (tenant_id)');
    this.addSql('CREATE INDEX user_account_source_source_checked_at_index ON user_account (source, source_checked_at)');
    this.addSql(`
      ALTER TABLE policy_attachment
        ADD COLUMN source text NOT NULL DEFAULT 'LOCAL' CHECK (source IN ('LOCAL', 'LDAP', 'OIDC'))
    `);
  }
}

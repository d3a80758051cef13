import { Migration } from '@mikro-orm/migrations';

/** Users that a directory or an identity provider brings along. */
export class Migration20261126040000 extends Migration {
  override up(): void {
    this.addSql(`
      ALTER TABLE user_account
        ADD COLUMN source text NOT NULL DEFAULT 'LOCAL' CHECK (source IN ('LOCAL', 'LDAP', 'OIDC')),
        ADD COLUMN provider_id text,
        ADD COLUMN external_id text,
        ADD COLUMN disabled_by_source boolean NOT NULL DEFAULT false,
        ADD COLUMN source_checked_at timestamptz,
        ADD CONSTRAINT user_account_provider_id_external_id_tenant_id_unique
          UNIQUE (provider_id, external_id, tenant_id)
    `);
  }
}

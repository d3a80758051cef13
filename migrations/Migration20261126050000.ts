import { Migration } from '@mikro-orm/migrations';

/** OpenID providers, of one tenant or of all. */
export class Migration20261126050000 extends Migration {
  override up(): void {
    this.addSql(`
      CREATE TABLE oidc_provider (
        id uuid PRIMARY KEY,
        tenant_id bigint CONSTRAINT oidc_provider_tenant_id_foreign REFERENCES tenant ON DELETE CASCADE,
        address text NOT NULL CONSTRAINT oidc_provider_address_unique UNIQUE,
        display_name text NOT NULL,
        enabled boolean NOT NULL DEFAULT true,
        issuer text NOT NULL,
        client_id text NOT NULL,
        client_secret_sealed bytea,
        audiences jsonb NOT NULL,
        algorithms jsonb NOT NULL,
        scopes jsonb NOT NULL,
        clock_skew_seconds integer NOT NULL,
        claims jsonb NOT NULL,
        rules jsonb NOT NULL,
        default_tenant text,
        default_role text CHECK (default_role IN ('ADMINISTRATOR', 'TENANT_ADMINISTRATOR', 'MEMBER', 'READ_ONLY')),
        accept_bearer boolean NOT NULL,
        offer_login boolean NOT NULL,
        revision integer NOT NULL DEFAULT 1,
        created_at timestamptz NOT NULL DEFAULT now()
      )
    `);
    this.addSql('CREATE INDEX oidc_provider_tenant_id_index ON oidc_provider (tenant_id)');
  }
}

import { Migration } from '@mikro-orm/migrations';

/**
 * Roles that are assumed: a role is an account that nobody signs in as, so that it has policies, tags and buckets as
 * users do. And paths, permissions boundaries and the versions of policies.
 */
export class Migration20261126131000 extends Migration {
  override up(): void {
    this.addSql(`
      ALTER TABLE user_account
        ADD COLUMN kind text NOT NULL DEFAULT 'USER' CHECK (kind IN ('USER', 'ROLE')),
        ADD COLUMN path text NOT NULL DEFAULT '/',
        ADD COLUMN boundary_policy_id bigint
          CONSTRAINT user_account_boundary_policy_id_foreign REFERENCES policy (id),
        ADD COLUMN boundary_builtin text,
        ADD CONSTRAINT user_account_boundary_check CHECK (num_nonnulls(boundary_policy_id, boundary_builtin) < 2)
    `);
    this.addSql('CREATE INDEX user_account_boundary_policy_id_index ON user_account (boundary_policy_id)');
    this.addSql(`ALTER TABLE user_group ADD COLUMN path text NOT NULL DEFAULT '/'`);
    this.addRoles();
    this.addPolicyVersions();
  }

  private addRoles(): void {
    this.addSql(`
      CREATE TABLE assumable_role (
        user_id bigint PRIMARY KEY
          CONSTRAINT assumable_role_user_id_foreign REFERENCES user_account (id) ON UPDATE CASCADE ON DELETE CASCADE,
        tenant_id bigint NOT NULL CONSTRAINT assumable_role_tenant_id_foreign REFERENCES tenant (id) ON DELETE CASCADE,
        name text COLLATE "C" NOT NULL,
        description text NOT NULL DEFAULT '',
        trust_policy jsonb NOT NULL,
        max_session_seconds int NOT NULL DEFAULT 3600,
        last_used_at timestamptz,
        CONSTRAINT assumable_role_tenant_id_name_unique UNIQUE (tenant_id, name)
      )
    `);
    this.addSql(`
      ALTER TABLE session_credential
        ADD COLUMN source_user_id bigint
          CONSTRAINT session_credential_source_user_id_foreign REFERENCES user_account (id) ON DELETE CASCADE,
        ADD COLUMN source_provider_id uuid
          CONSTRAINT session_credential_source_provider_id_foreign REFERENCES oidc_provider (id) ON DELETE CASCADE,
        ADD COLUMN session jsonb
    `);
    this.addSql('CREATE INDEX session_credential_source_user_id_index ON session_credential (source_user_id)');
    this.addSql('CREATE INDEX session_credential_source_provider_id_index ON session_credential (source_provider_id)');
  }

  private addPolicyVersions(): void {
    this.addSql(`
      ALTER TABLE policy
        ADD COLUMN path text NOT NULL DEFAULT '/',
        ADD COLUMN tags jsonb NOT NULL DEFAULT '{}',
        ADD COLUMN default_version int NOT NULL DEFAULT 1,
        ADD COLUMN last_version int NOT NULL DEFAULT 1
    `);
    this.addSql(`
      CREATE TABLE policy_version (
        policy_id bigint NOT NULL
          CONSTRAINT policy_version_policy_id_foreign REFERENCES policy (id) ON DELETE CASCADE,
        number int NOT NULL,
        document jsonb NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (policy_id, number)
      )
    `);
    this.addSql(`
      INSERT INTO policy_version (policy_id, number, document, created_at)
      SELECT id, 1, document, updated_at FROM policy
    `);
  }
}

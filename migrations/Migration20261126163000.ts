import { Migration } from '@mikro-orm/migrations';

/** The IAM API looks names up whatever their case is, before it knows what who asks may. */
export class Migration20261126163000 extends Migration {
  override up(): void {
    this.addSql(
      'create index user_account_tenant_id_lower_username_index on user_account (tenant_id, lower(username))',
    );
    this.addSql('create index user_group_tenant_id_lower_name_index on user_group (tenant_id, lower(name))');
    this.addSql('create index assumable_role_tenant_id_lower_name_index on assumable_role (tenant_id, lower(name))');
    this.addSql('create index policy_tenant_id_lower_name_index on policy (tenant_id, lower(name))');
  }
}

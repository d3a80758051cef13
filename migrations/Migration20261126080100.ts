import { Migration } from '@mikro-orm/migrations';

/** Functions whose parameters changed: they are made anew after the migrations, and would stand beside the old ones. */
export class Migration20261126080100 extends Migration {
  override up(): void {
    this.addSql(`
      DO $$ DECLARE old regprocedure; BEGIN
        FOR old IN SELECT p.oid::regprocedure FROM pg_proc p
          WHERE p.pronamespace = current_schema()::regnamespace
            AND p.proname IN ('put_version', 'insert_version', 'delete_version')
        LOOP EXECUTE 'DROP FUNCTION ' || old; END LOOP;
      END $$
    `);
  }
}

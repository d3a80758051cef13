import { Migration } from '@mikro-orm/migrations';

/** The keys that a job was begun with, where it is about some objects and not about a folder. */
export class Migration20261126153000 extends Migration {
  override up(): void {
    this.addSql(`
      CREATE TABLE folder_job_key (
        job_id bigint NOT NULL CONSTRAINT folder_job_key_job_id_foreign REFERENCES folder_job (id) ON DELETE CASCADE,
        key text COLLATE "C" NOT NULL,
        PRIMARY KEY (job_id, key)
      )`);
  }
}

import { Migration20261121000000 } from './Migration20261121000000.js';
import { Migration20261122000000 } from './Migration20261122000000.js';
import { Migration20261122100000 } from './Migration20261122100000.js';
import { Migration20261122110000 } from './Migration20261122110000.js';
import { Migration20261126010000 } from './Migration20261126010000.js';
import { Migration20261126020000 } from './Migration20261126020000.js';
import { Migration20261126030000 } from './Migration20261126030000.js';
import { Migration20261126030100 } from './Migration20261126030100.js';
import { Migration20261126040000 } from './Migration20261126040000.js';
import { Migration20261126040100 } from './Migration20261126040100.js';
import { Migration20261126050000 } from './Migration20261126050000.js';
import { Migration20261126060000 } from './Migration20261126060000.js';
import { Migration20261126070000 } from './Migration20261126070000.js';
import { Migration20261126070100 } from './Migration20261126070100.js';
import { Migration20261126080000 } from './Migration20261126080000.js';
import { Migration20261126080100 } from './Migration20261126080100.js';
import { Migration20261126090000 } from './Migration20261126090000.js';
import { Migration20261126100000 } from './Migration20261126100000.js';
import { Migration20261126110000 } from './Migration20261126110000.js';
import { Migration20261126130000 } from './Migration20261126130000.js';
import { Migration20261126132000 } from './Migration20261126132000.js';
import { Migration20261126133000 } from './Migration20261126133000.js';

/** Every migration in the order they run. Names are stored in the database: a migration is never renamed. */
export const migrations = [
  { name: 'Migration20261121000000', class: Migration20261121000000 },
  { name: 'Migration20261122000000', class: Migration20261122000000 },
  { name: 'Migration20261122100000', class: Migration20261122100000 },
  { name: 'Migration20261122110000', class: Migration20261122110000 },
  { name: 'Migration20261126010000', class: Migration20261126010000 },
  { name: 'Migration20261126020000', class: Migration20261126020000 },
  { name: 'Migration20261126030000', class: Migration20261126030000 },
  { name: 'Migration20261126030100', class: Migration20261126030100 },
  { name: 'Migration20261126040000', class: Migration20261126040000 },
  { name: 'Migration20261126040100', class: Migration20261126040100 },
  { name: 'Migration20261126050000', class: Migration20261126050000 },
  { name: 'Migration20261126060000', class: Migration20261126060000 },
  { name: 'Migration20261126070000', class: Migration20261126070000 },
  { name: 'Migration20261126070100', class: Migration20261126070100 },
  { name: 'Migration20261126080000', class: Migration20261126080000 },
  { name: 'Migration20261126080100', class: Migration20261126080100 },
  { name: 'Migration20261126090000', class: Migration20261126090000 },
  { name: 'Migration20261126100000', class: Migration20261126100000 },
  { name: 'Migration20261126110000', class: Migration20261126110000 },
  { name: 'Migration20261126130000', class: Migration20261126130000 },
  { name: 'Migration20261126132000', class: Migration20261126132000 },
  { name: 'Migration20261126133000', class: Migration20261126133000 },
];

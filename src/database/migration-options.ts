import { migrations } from '../../migrations/index.js';

/** What the ORM's migrator works with. The list is explicit, so that the build and the tests find the same files. */
export const migrationOptions = {
  tableName: 'granary_migration',
  migrationsList: migrations,
  snapshot: false,
  transactional: true,
  allOrNothing: true,
};

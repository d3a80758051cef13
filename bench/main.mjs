// npm run bench [-- section ...]: each figure beside its own bare limit, on the same machine in the same run.
import { authorization } from './authorization.mjs';
import { concurrentUploads } from './concurrent-uploads.mjs';
import { startEnvironment } from './environment.mjs';
import { garbage } from './garbage.mjs';
import { graphqlUpload } from './graphql-upload.mjs';
import { largeObjects } from './large-objects.mjs';
import { listing } from './listing.mjs';
import { memory } from './memory.mjs';
import { multipart } from './multipart.mjs';
import { objectPage } from './object-page.mjs';
import { policy } from './policy.mjs';
import { ranges } from './ranges.mjs';
import { sealing } from './sealing.mjs';
import { search } from './search.mjs';
import { smallObjects } from './small-objects.mjs';
import { subscriptions } from './subscriptions.mjs';
import { versions } from './versions.mjs';

const sections = {
  'small-objects': smallObjects,
  'large-objects': largeObjects,
  'graphql-upload': graphqlUpload,
  listing,
  'object-page': objectPage,
  versions,
  multipart,
  memory,
  sealing,
  policy,
  authorization,
  ranges,
  'concurrent-uploads': concurrentUploads,
  garbage,
  search,
  subscriptions,
};

const chosen = process.argv.slice(2);
const unknown = chosen.filter((name) => !(name in sections));
if (unknown.length > 0) {
  process.stderr.write(`No such section: ${unknown.join(', ')}. There are: ${Object.keys(sections).join(', ')}\n`);
  process.exit(1);
}

const environment = await startEnvironment({ workers: Number(process.env.GRANARY_WORKERS ?? 1) });
try {
  for (const [name, run] of Object.entries(sections)) {
    if (chosen.length === 0 || chosen.includes(name)) {
      process.stdout.write(`\n${name}\n`);
      for (const { what, value, bare, ratio, aim } of await run(environment)) {
        const parts = [what.padEnd(52), value.padStart(14)];
        if (bare !== undefined) {
          parts.push(`bare ${bare}`.padStart(20));
        }
        if (ratio !== undefined) {
          parts.push(`ratio ${ratio.toFixed(2)}`.padStart(12));
        }
        process.stdout.write(`  ${parts.join('  ')}${aim === undefined ? '' : `  (aim ${aim})`}\n`);
      }
    }
  }
} finally {
  await environment.stop();
}

// Sources import each other by the name of the built file: `./errors.js` is errors.ts. Only sources do, so packages are
// spared the search, and what was found once is not looked for again in the next test file.
const { existsSync } = require('node:fs');
const { join } = require('node:path');

const known = new Map();

module.exports = function resolve(request, options) {
  const { basedir } = options;
  const own = request.startsWith('.') && request.endsWith('.js') && !basedir.includes('/node_modules/');
  const source = own ? `${join(basedir, request).slice(0, -'.js'.length)}.ts` : undefined;
  return source !== undefined && isThere(source) ? source : options.defaultResolver(request, options);
};

function isThere(path) {
  let found = known.get(path);
  if (found === undefined) {
    found = existsSync(path);
    known.set(path, found);
  }
  return found;
}

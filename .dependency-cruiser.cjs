// The house has storeys: a folder imports itself and lower ones only.
const storeys = [
  { level: 0, path: '^src/(config/|errors\\.ts$)' },
  { level: 1, path: '^src/(database|storage|turns)/' },
  { level: 2, path: '^src/entities/' },
  { level: 3, path: '^src/auth/' },
  { level: 4, path: '^src/(operations|wire)/' },
  { level: 5, path: '^src/(resolvers|s3|jobs|cli)/' },
  { level: 6, path: '^src/http/' },
  { level: 7, path: '^src/(?!errors\\.ts$)[^/]+\\.ts$' },
];

const reasons = {
  0: 'Settings and error kinds are what everything else is built on: they know of nothing.',
  1: 'The database, the blob store and queues for costly work are tools: they know neither what granary keeps nor who asks.',
  2: 'Entities are rows: what may be done with them is said above.',
  3: 'Who is calling, and what they may, is asked by operations; it must not depend on what they do then.',
  4: 'Operations are the rules, whatever the protocol: they know nothing of HTTP, XML or GraphQL. What several faces read and write alike knows no face.',
  5: 'A face parses, calls one operation and formats: it does not know how it is mounted.',
  6: 'The HTTP server mounts faces: what starts and stops it is above.',
};

const upward = storeys.slice(0, -1).map(({ level, path }) => ({
  name: `level-${level}-imports-nothing-above`,
  comment: reasons[level],
  severity: 'error',
  from: { path },
  to: { path: storeys.filter((storey) => storey.level > level).map((storey) => storey.path) },
}));

// Two folders on one level do not know each other either: what both need belongs on a lower level.
const folders = ['database', 'storage', 'turns', 'operations', 'wire', 'resolvers', 's3', 'jobs', 'cli'];
const neighbours = folders.map((folder) => {
  const storey = storeys.find(({ path }) => new RegExp(path).test(`src/${folder}/x.ts`));
  return {
    name: `${folder}-imports-no-neighbour`,
    comment: 'Folders on one level stand beside each other: each can be changed without reading the others.',
    severity: 'error',
    from: { path: `^src/${folder}/` },
    to: { path: storey.path, pathNot: `^src/${folder}/` },
  };
});

module.exports = {
  forbidden: [
    ...upward,
    ...neighbours,
    {
      name: 'rest-is-a-face-of-its-own',
      comment: 'What REST shares with GraphQL and S3 is in `wire/`: each of them can change without the others.',
      severity: 'error',
      from: { path: '^src/http/rest/' },
      to: { path: '^src/(resolvers|s3)/' },
    },
    {
      name: 'no-cycles',
      comment: 'Files in a circle can be understood, tested and loaded only together.',
      severity: 'error',
      from: {},
      // Entities refer to each other in both directions, as their tables do; only their types go round.
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'], pathNot: '^src/entities/' } },
    },
    {
      name: 'no-tests-in-the-product',
      comment: 'What runs must not need what only tests have.',
      severity: 'error',
      from: { path: '^(src|migrations)/' },
      to: { path: '^(test|bench|scripts|packages)/' },
    },
    {
      name: 'the-client-needs-nothing',
      comment: 'The package for front ends has no dependency, and knows nothing of Node.js or of the server.',
      severity: 'error',
      from: { path: '^packages/client/src/' },
      to: { pathNot: '^packages/client/src/' },
    },
    {
      name: 'only-declared-packages',
      comment: 'A package that comes along with another one may be gone with its next version.',
      severity: 'error',
      from: { path: '^(src|migrations)/' },
      to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown', 'npm-dev'], dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'everything-imported-exists',
      comment: 'An import that leads nowhere fails only when it runs.',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
    },
  },
};

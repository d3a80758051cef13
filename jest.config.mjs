/** @type {import('jest').Config} */
export default {
  testEnvironment: 'node',
  roots: ['<rootDir>/test'],
  testMatch: ['**/*.test.ts'],
  extensionsToTreatAsEsm: ['.ts'],
  // swc reads .swcrc: tests run the very code that the build makes.
  transform: { '\\.ts$': ['@swc/jest'] },
  resolver: '<rootDir>/test/support/resolver.cjs',
  transformIgnorePatterns: ['/node_modules/'],
  modulePathIgnorePatterns: ['<rootDir>/dist/'],
  // As many as CI has cores: what tests measure, and deadlines that they keep, would not stand more beside the programs and
  // databases that they start.
  maxWorkers: 2,
  // What a file's modules take stays taken until the worker ends: one that is large spends its time on collecting garbage.
  workerIdleMemoryLimit: '1GB',
  // On busy cores one with a large heap takes longer to end than the half second that jest gives it.
  workerGracefulExitTimeout: 5_000,
  testTimeout: 30_000,
  globalSetup: '<rootDir>/test/support/global-setup.mjs',
  globalTeardown: '<rootDir>/test/support/global-teardown.mjs',
};

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
  // One more than CI has cores: tests wait for programs, databases and deadlines about a third of their time.
  maxWorkers: 3,
  // What a file's modules take stays taken until the worker ends: one that is large spends its time on collecting garbage.
  workerIdleMemoryLimit: '1GB',
  // On busy cores one with a large heap takes longer to end than the half second that jest gives it.
  workerGracefulExitTimeout: 5_000,
  testTimeout: 30_000,
  globalSetup: '<rootDir>/test/support/global-setup.mjs',
  globalTeardown: '<rootDir>/test/support/global-teardown.mjs',
};

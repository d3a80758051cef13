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
  maxWorkers: 2,
  // What a file's modules take stays taken until the worker ends: one that is large spends its time on collecting garbage.
  workerIdleMemoryLimit: '1GB',
  testTimeout: 30_000,
  globalSetup: '<rootDir>/test/support/global-setup.mjs',
  globalTeardown: '<rootDir>/test/support/global-teardown.mjs',
};

import base from '../../jest.config.mjs';

/** Faults of the machine: one at a time, as they take away what other tests stand on. */
/** @type {import('jest').Config} */
export default {
  ...base,
  rootDir: '../..',
  roots: ['<rootDir>/test/faults'],
  testMatch: ['**/*.faults.ts'],
  maxWorkers: 1,
  testTimeout: 300_000,
};

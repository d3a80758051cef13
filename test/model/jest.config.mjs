import base from '../../jest.config.mjs';

/** The long campaign of crashes, which `npm test` leaves out. */
/** @type {import('jest').Config} */
export default {
  ...base,
  rootDir: '../..',
  roots: ['<rootDir>/test/model'],
  testMatch: ['**/*.crashes.ts'],
  maxWorkers: 1,
};

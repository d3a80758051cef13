import { GranaryError } from '../../errors.js';

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html : `/`, or `/division/team/`. */
const pathPattern = /^\/(?:[\x21-\x7e]{1,510}\/)?$/;

/** Throws unless users, groups, roles and policies can be at this path. */
export function validatePath(path: string): void {
  if (!pathPattern.test(path)) {
    throw new GranaryError('InvalidInput', 'A path is "/", or begins and ends with it and has no blanks.', {
      field: ['input', 'path'],
    });
  }
}

/** The condition that something is at a path that begins like this. */
export function within(prefix: string | undefined): { path?: { $like: string } } {
  return prefix === undefined || prefix === '/' ? {} : { path: { $like: `${prefix.replace(/[\\%_]/g, '\\$&')}%` } };
}

import { GranaryError } from '../../errors.js';
import type { Parameters } from '../query-api/parameters.js';

type Words = (parameters: Parameters) => string;

/** What IAM says of failures that have the name of what was asked for in them; tools show it, and some look for it. */
const words: Readonly<Record<string, Words>> = {
  NoSuchAccessKey: named('The Access Key with id', 'cannot be found', 'AccessKeyId'),
  NoSuchGroup: named('The group with name', 'cannot be found.', 'GroupName'),
  NoSuchRole: named('The role with name', 'cannot be found.', 'RoleName'),
  NoSuchUser: named('The user with name', 'cannot be found.', 'UserName'),
  NoSuchPolicy: (parameters) => {
    const arn = parameters.get('PolicyArn') ?? parameters.get('PermissionsBoundary');
    return arn === undefined ? inlinePolicy(parameters) : `Policy ${arn} does not exist or is not attachable.`;
  },
  EntityAlreadyExists: (parameters) => {
    const policy = parameters.get('PolicyName');
    if (policy !== undefined) {
      return `A policy called ${policy} already exists. Duplicate names are not allowed.`;
    }
    const noun = parameters.get('RoleName') === undefined ? 'Group' : 'Role';
    return named(`${noun} with name`, 'already exists.', 'RoleName', 'NewGroupName', 'GroupName')(parameters);
  },
  UserAlreadyExists: named('User with name', 'already exists.', 'NewUserName', 'UserName'),
};

/** The error with the words that IAM has for it, where it has its own. */
export function inIamWords(error: unknown, parameters: Parameters): unknown {
  if (!(error instanceof GranaryError) || !Object.hasOwn(words, error.reason)) {
    return error;
  }
  const { kind, reason, data } = error;
  const message = words[reason]?.(parameters) ?? error.message;
  return new GranaryError(kind, message, { reason, data, cause: error });
}

function named(before: string, after: string, ...parameterNames: string[]): Words {
  return (parameters) => {
    const name = parameterNames.map((each) => parameters.get(each)).find((value) => value !== undefined);
    return [before, name, after].filter((part) => part !== undefined).join(' ');
  };
}

function inlinePolicy(parameters: Parameters): string {
  const holder = ['user', 'group', 'role'].find((kind) => {
    return parameters.get(`${kind.charAt(0).toUpperCase()}${kind.slice(1)}Name`) !== undefined;
  });
  return `The ${holder ?? 'managed'} policy with name ${parameters.get('PolicyName')} cannot be found.`;
}

import type { Parameters } from '../query-api/parameters.js';
import { queryError } from '../query-api/query-error.js';
import { missing, placeOf, requireLength, violation } from '../query-api/violation.js';
import { pageOf } from './iam-page.js';

type Check = (text: string, place: string) => void;

/**
 * What IAM takes under a name, wherever it stands:
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
 */
const checks: Readonly<Record<string, Check>> = {
  AccessKeyId: accessKeyId,
  AssumeRolePolicyDocument: printable(131_072),
  Description: description,
  GroupName: name(128),
  NewGroupName: name(128),
  NewPath: path,
  NewUserName: name(64),
  Path: path,
  PathPrefix: pathPrefix,
  PolicyArn: length(20, 2048),
  PermissionsBoundary: length(20, 2048),
  PolicyDocument: printable(131_072),
  PolicyName: name(128),
  RoleName: name(64),
  Status: status,
  UserName: name(128),
};

/** New users have shorter names than those that are asked for. */
const checksOf: Readonly<Record<string, Readonly<Record<string, Check>>>> = { CreateUser: { UserName: name(64) } };

/** What an operation cannot do without. */
const required: Readonly<Record<string, readonly string[]>> = {
  AddUserToGroup: ['GroupName', 'UserName'],
  CreateGroup: ['GroupName'],
  CreatePolicy: ['PolicyName', 'PolicyDocument'],
  CreateRole: ['RoleName', 'AssumeRolePolicyDocument'],
  CreateUser: ['UserName'],
  DeleteGroup: ['GroupName'],
  DeleteGroupPolicy: ['GroupName', 'PolicyName'],
  DeleteRolePolicy: ['RoleName', 'PolicyName'],
  DeleteUser: ['UserName'],
  DeleteUserPolicy: ['UserName', 'PolicyName'],
  GetGroup: ['GroupName'],
  GetGroupPolicy: ['GroupName', 'PolicyName'],
  GetRolePolicy: ['RoleName', 'PolicyName'],
  GetUserPolicy: ['UserName', 'PolicyName'],
  ListGroupPolicies: ['GroupName'],
  ListGroupsForUser: ['UserName'],
  ListRolePolicies: ['RoleName'],
  ListRoleTags: ['RoleName'],
  ListUserPolicies: ['UserName'],
  ListUserTags: ['UserName'],
  PutGroupPolicy: ['GroupName', 'PolicyName', 'PolicyDocument'],
  PutRolePolicy: ['RoleName', 'PolicyName', 'PolicyDocument'],
  PutUserPolicy: ['UserName', 'PolicyName', 'PolicyDocument'],
  RemoveUserFromGroup: ['GroupName', 'UserName'],
  TagRole: ['RoleName'],
  TagUser: ['UserName'],
  UntagRole: ['RoleName'],
  UntagUser: ['UserName'],
  UpdateAssumeRolePolicy: ['RoleName', 'PolicyDocument'],
  UpdateGroup: ['GroupName'],
  UpdateUser: ['UserName'],
};

/** The same of the operations that call it MissingParameter. */
const requiredByName: Readonly<Record<string, readonly string[]>> = {
  DeleteAccessKey: ['AccessKeyId'],
  DeleteRole: ['RoleName'],
  GetAccessKeyLastUsed: ['AccessKeyId'],
  GetRole: ['RoleName'],
  UpdateAccessKey: ['AccessKeyId', 'Status'],
};

/** Throws, as IAM does before it looks for anything, unless the operation has what it needs in the form it needs. */
export function checkParameters(action: string, parameters: Parameters): void {
  for (const parameter of requiredByName[action] ?? []) {
    if (parameters.sent(parameter) === undefined) {
      throw queryError('MissingParameter', `The request must contain the parameter ${parameter}.`);
    }
  }
  for (const parameter of required[action] ?? []) {
    if (parameters.sent(parameter) === undefined) {
      throw missing(placeOf(parameter));
    }
  }
  pageOf(parameters);
  for (const [parameter, check] of Object.entries({ ...checks, ...checksOf[action] })) {
    const text = parameters.sent(parameter);
    if (text !== undefined) {
      check(text, placeOf(parameter));
    }
  }
}

function name(most: number): Check {
  return (text, place) => {
    requireLength(text, place, { least: 0, most });
    requirePattern(text, /^[\w+=,.@-]+$/, {
      place,
      rule: 'contain only alphanumeric characters and/or the following: +=,.@_-',
    });
  };
}

function path(text: string, place: string): void {
  requireLength(text, place, { least: 1, most: 512 });
  requirePattern(text, /^\/(?:[\x21-\x7e]+\/)?$/, {
    place,
    rule: 'begin and end with / and contain only alphanumeric characters and/or / characters.',
  });
}

function pathPrefix(text: string, place: string): void {
  requirePattern(text, /^\/[\x21-\x7e]{0,511}$/, {
    place,
    rule: 'begin with the / character and contain only alphanumeric characters and/or / characters.',
  });
}

/** Keys that were brought along from elsewhere may be shorter than AWS's, and have other characters. */
function accessKeyId(text: string, place: string): void {
  requireLength(text, place, { least: 3, most: 128 });
  requirePattern(text, /^[\w.-]+$/, { place, rule: 'contain only alphanumeric characters.' });
}

function printable(most: number): Check {
  return (text, place) => {
    requireLength(text, place, { least: 1, most });
    requirePattern(text, /^[\t\n\r\x20-\xff]+$/, { place, rule: 'contain only printable ASCII characters.' });
  };
}

function length(least: number, most: number): Check {
  return (text, place) => requireLength(text, place, { least, most });
}

function description(text: string, place: string): void {
  requireLength(text, place, { least: 0, most: 1000 });
  if (!/^[\t\n\r\x20-\x7e\xa1-\xff]*$/.test(text)) {
    const pattern = '[\\u0009\\u000A\\u000D\\u0020-\\u007E\\u00A1-\\u00FF]*';
    throw violation(place, `Member must satisfy regular expression pattern: ${pattern}`);
  }
}

function status(text: string, place: string): void {
  if (text !== 'Active' && text !== 'Inactive') {
    const rule = 'Member must satisfy enum value set: [Active, Inactive]';
    throw queryError(
      'ValidationError',
      `1 validation error detected: Value '${text}' at '${place}' failed to satisfy constraint: ${rule}`,
    );
  }
}

function requirePattern(text: string, pattern: RegExp, { place, rule }: { place: string; rule: string }): void {
  if (!pattern.test(text)) {
    throw queryError('ValidationError', `The specified value for ${place} is invalid. It must ${rule}`);
  }
}

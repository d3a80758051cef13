import type { Role } from '../caller.js';
import { type Policy, parsePolicy } from './parse-policy.js';

const Version = '2012-10-17';

/** How documents write that a condition key's value stands in a place. */
const variable = (key: string) => `\${${key}}`;

/** What everybody may do with what is its own: the user itself, its sessions and its keys. */
const ownUser = {
  Sid: 'OwnUser',
  Effect: 'Allow',
  Action: [
    'granary:AddFavourite',
    'granary:CancelJob',
    'granary:ChangePassword',
    'granary:CreateAccessKey',
    'granary:CreateApiKey',
    'granary:CreateSessionCredentials',
    'granary:DeleteAccessKey',
    'granary:DeleteApiKey',
    'granary:EndSessions',
    'granary:ListAccessKeys',
    'granary:ListApiKeys',
    'granary:ListFavourites',
    'granary:ListJobs',
    'granary:ListSessions',
    'granary:ListShareLinks',
    'granary:RemoveFavourite',
    'granary:RevokeShareLink',
    'granary:SetSecondFactor',
    'granary:UpdateAccessKey',
    'granary:UpdateShareLink',
  ],
  Resource: `arn:granary:*:user/${variable('aws:username')}`,
};

/** Policies that are there in every tenant. Roles mean one of them each; they can be attached like others too. */
export const builtinPolicies = {
  Administrator: {
    description: 'Everything. A global administrator has it for every tenant and the server, anybody else for its own.',
    document: { Version, Statement: [{ Sid: 'Everything', Effect: 'Allow', Action: '*', Resource: '*' }] },
  },
  TenantAdministrator: {
    description: 'Everything in the own tenant.',
    document: { Version, Statement: [{ Sid: 'WholeTenant', Effect: 'Allow', Action: '*', Resource: '*' }] },
  },
  Member: {
    description: 'Makes buckets, and does everything with those it owns.',
    document: {
      Version,
      Statement: [
        {
          Sid: 'OwnBuckets',
          Effect: 'Allow',
          Action: [
            's3:*',
            'granary:CreateShareLink',
            'granary:GetBucketPlacement',
            'granary:ListShareLinks',
            'granary:PutBucketCompression',
            'granary:PutBucketPlacement',
            'granary:PutBucketSharing',
            'granary:PutBucketTrash',
            'granary:RevokeShareLink',
            'granary:UpdateShareLink',
          ],
          Resource: 'arn:aws:s3:::*',
          Condition: { StringEquals: { 'granary:BucketOwner': variable('granary:CanonicalId') } },
        },
        { Sid: 'NewBuckets', Effect: 'Allow', Action: ['s3:CreateBucket', 's3:ListAllMyBuckets'], Resource: '*' },
        ownUser,
      ],
    },
  },
  ReadOnly: {
    description: 'Reads and lists what is in the own tenant.',
    document: {
      Version,
      Statement: [
        { Sid: 'Read', Effect: 'Allow', Action: ['s3:Get*', 's3:List*', 's3:HeadBucket'], Resource: 'arn:aws:s3:::*' },
        { Sid: 'SeeBuckets', Effect: 'Allow', Action: 'granary:ListAllBuckets', Resource: '*' },
        ownUser,
      ],
    },
  },
  // Under AWS's names, for programs that attach them.
  AmazonS3FullAccess: {
    description: 'Everything of S3 in the own tenant, with all its buckets.',
    document: { Version, Statement: [{ Effect: 'Allow', Action: 's3:*', Resource: '*' }] },
  },
  AmazonS3ReadOnlyAccess: {
    description: 'Reads and lists by S3 what is in the own tenant.',
    document: { Version, Statement: [{ Effect: 'Allow', Action: ['s3:Get*', 's3:List*'], Resource: '*' }] },
  },
  IAMFullAccess: {
    description: 'Everything of the IAM API in the own tenant, where nobody gives away more than it has.',
    document: { Version, Statement: [{ Effect: 'Allow', Action: 'iam:*', Resource: '*' }] },
  },
  IAMReadOnlyAccess: {
    description: 'Reads, lists and tries out by the IAM API what the own tenant has.',
    document: {
      Version,
      Statement: [{ Effect: 'Allow', Action: ['iam:Get*', 'iam:List*', 'iam:Simulate*'], Resource: '*' }],
    },
  },
} as const satisfies Record<string, { description: string; document: object }>;

export type BuiltinPolicyName = keyof typeof builtinPolicies;

/** The policy that a role means. */
export const policyOfRole = {
  ADMINISTRATOR: 'Administrator',
  TENANT_ADMINISTRATOR: 'TenantAdministrator',
  MEMBER: 'Member',
  READ_ONLY: 'ReadOnly',
} as const satisfies Record<Role, BuiltinPolicyName>;

export function isBuiltinPolicy(name: string): name is BuiltinPolicyName {
  return Object.hasOwn(builtinPolicies, name);
}

const parsed = new Map<BuiltinPolicyName, Policy>();

/** A built-in policy, ready to be asked. */
export function builtinPolicy(name: BuiltinPolicyName): Policy {
  const known = parsed.get(name);
  if (known !== undefined) {
    return known;
  }
  const policy = parsePolicy(builtinPolicies[name].document, { kind: 'identity', name });
  parsed.set(name, policy);
  return policy;
}

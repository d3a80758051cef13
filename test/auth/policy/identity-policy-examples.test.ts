// The cases of https://docs.aws.amazon.com/AmazonS3/latest/userguide/example-policies-s3.html and the S3 ones of
// https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_examples.html, one test each.
import { decide } from '../../../src/auth/policy/decide.js';
import { type Asked, identityPolicy, layersOf, requestOf } from './scene.js';

const by = 'ann';
const get: Asked = { by, action: 's3:GetObject', on: 'photos/a' };
const put: Asked = { by, action: 's3:PutObject', on: 'photos/a' };
const list: Asked = { by, action: 's3:ListBucket', on: 'photos' };
const all: Asked = { by, action: 's3:ListAllMyBuckets', on: 'arn:aws:s3:::*' };

interface Example {
  statements: object[];
  yes: Asked[];
  no: Asked[];
}

const examples: Record<string, Example> = {
  'one bucket, with its list and its objects': {
    statements: [
      { Effect: 'Allow', Action: 's3:ListAllMyBuckets', Resource: '*' },
      { Effect: 'Allow', Action: ['s3:ListBucket', 's3:GetBucketLocation'], Resource: 'arn:aws:s3:::photos' },
      {
        Effect: 'Allow',
        Action: ['s3:PutObject', 's3:GetObject', 's3:DeleteObject'],
        Resource: 'arn:aws:s3:::photos/*',
      },
    ],
    yes: [all, list, get, put],
    no: [
      { ...list, on: 'other' },
      { ...get, on: 'other/a' },
      { ...get, action: 's3:GetObjectAcl' },
    ],
  },
  'the own folder, by the user’s name': {
    statements: [
      {
        Effect: 'Allow',
        Action: 's3:ListBucket',
        Resource: 'arn:aws:s3:::photos',
        Condition: { StringLike: { 's3:prefix': '${aws:username}/*' } },
      },
      { Effect: 'Allow', Action: 's3:*Object', Resource: 'arn:aws:s3:::photos/${aws:username}/*' },
    ],
    yes: [
      { ...get, on: 'photos/ann/a' },
      { ...list, facts: { 's3:prefix': 'ann/' } },
    ],
    no: [{ ...get, on: 'photos/bob/a' }, list, { ...list, facts: { 's3:prefix': 'annex/' } }],
  },
  'the own folder, walked to from the root as a console does': {
    statements: [
      { Effect: 'Allow', Action: ['s3:ListAllMyBuckets', 's3:GetBucketLocation'], Resource: '*' },
      {
        Effect: 'Allow',
        Action: 's3:ListBucket',
        Resource: 'arn:aws:s3:::photos',
        Condition: { StringEquals: { 's3:prefix': ['', 'home/'], 's3:delimiter': '/' } },
      },
      {
        Effect: 'Allow',
        Action: 's3:ListBucket',
        Resource: 'arn:aws:s3:::photos',
        Condition: { StringLike: { 's3:prefix': ['home/${aws:username}', 'home/${aws:username}/*'] } },
      },
      { Effect: 'Allow', Action: 's3:*', Resource: 'arn:aws:s3:::photos/home/${aws:username}/*' },
    ],
    yes: [
      { ...list, facts: { 's3:prefix': '', 's3:delimiter': '/' } },
      { ...list, facts: { 's3:prefix': 'home/', 's3:delimiter': '/' } },
      { ...list, facts: { 's3:prefix': 'home/ann' } },
      { ...get, on: 'photos/home/ann/x/y' },
    ],
    no: [
      { ...list, facts: { 's3:prefix': '' } },
      { ...list, facts: { 's3:prefix': 'home/bob/', 's3:delimiter': '/' } },
      { ...get, on: 'photos/home/bob/x' },
    ],
  },
  'a shared folder of a group': {
    statements: [
      { Effect: 'Allow', Action: ['s3:GetObject', 's3:PutObject'], Resource: 'arn:aws:s3:::photos/development/*' },
      {
        Effect: 'Deny',
        Action: 's3:ListBucket',
        Resource: 'arn:aws:s3:::*',
        Condition: { StringNotLike: { 's3:prefix': ['development/*', ''] }, Null: { 's3:prefix': false } },
      },
      { Effect: 'Allow', Action: 's3:ListBucket', Resource: 'arn:aws:s3:::photos' },
    ],
    yes: [{ ...put, on: 'photos/development/a' }, list, { ...list, facts: { 's3:prefix': 'development/a' } }],
    no: [
      { ...put, on: 'photos/finance/a' },
      { ...list, facts: { 's3:prefix': 'finance/' } },
    ],
  },
  'objects are read by everybody of the company, parts are written by partners': {
    statements: [{ Effect: 'Allow', Action: 's3:PutObject', Resource: 'arn:aws:s3:::photos/uploads/part?/*' }],
    yes: [{ ...put, on: 'photos/uploads/part1/x' }],
    no: [
      { ...put, on: 'photos/uploads/part12/x' },
      { ...get, on: 'photos/uploads/part1/x' },
    ],
  },
  'reading everything': {
    statements: [{ Effect: 'Allow', Action: ['s3:Get*', 's3:List*'], Resource: '*' }],
    yes: [get, list, all, { ...get, action: 's3:GetBucketPolicy', on: 'other' }],
    no: [put, { ...get, action: 'granary:ListUsers', on: 'arn:granary:acme:user/*' }],
  },
  'everything but what is dear': {
    statements: [
      { Effect: 'Allow', Action: '*', Resource: '*' },
      { Effect: 'Deny', Action: 's3:*', Resource: ['arn:aws:s3:::vault', 'arn:aws:s3:::vault/*'] },
    ],
    yes: [put, { ...put, action: 'granary:CreateUser', on: 'arn:granary:acme:user/bob' }],
    no: [
      { ...get, on: 'vault/a' },
      { ...list, on: 'vault' },
    ],
  },
  'nothing outside one bucket, by NotResource': {
    statements: [
      { Effect: 'Allow', Action: 's3:*', Resource: ['arn:aws:s3:::photos', 'arn:aws:s3:::photos/*'] },
      { Effect: 'Deny', NotAction: 's3:*', NotResource: ['arn:aws:s3:::photos', 'arn:aws:s3:::photos/*'] },
    ],
    yes: [put, list],
    no: [
      { ...get, on: 'other/a' },
      { ...put, action: 'granary:CreateUser', on: 'arn:granary:acme:user/bob' },
    ],
  },
  'access between two dates': {
    statements: [
      {
        Effect: 'Allow',
        Action: 's3:GetObject',
        Resource: '*',
        Condition: {
          DateGreaterThan: { 'aws:CurrentTime': '2026-04-01T00:00:00Z' },
          DateLessThan: { 'aws:CurrentTime': '2026-06-30T23:59:59Z' },
        },
      },
    ],
    yes: [{ ...get, facts: { 'aws:CurrentTime': '2026-05-01T08:00:00Z' } }],
    no: [
      { ...get, facts: { 'aws:CurrentTime': '2026-04-01T00:00:00Z' } },
      { ...get, facts: { 'aws:CurrentTime': '2026-07-01T00:00:00Z' } },
      get,
    ],
  },
  'keys of one’s own': {
    statements: [{ Effect: 'Allow', Action: 'granary:*AccessKey*', Resource: 'arn:granary:*:user/${aws:username}' }],
    yes: [{ by, action: 'granary:CreateAccessKey', on: 'arn:granary:acme:user/ann' }],
    no: [
      { by, action: 'granary:CreateAccessKey', on: 'arn:granary:acme:user/bob' },
      { by, action: 'granary:CreateUser', on: 'arn:granary:acme:user/ann' },
    ],
  },
  'users of one team, by a tag of the user': {
    statements: [
      {
        Effect: 'Allow',
        Action: 's3:GetObject',
        Resource: 'arn:aws:s3:::photos/teams/${aws:PrincipalTag/team}/*',
      },
      {
        Effect: 'Allow',
        Action: 's3:GetObject',
        Resource: "arn:aws:s3:::photos/shared/${aws:PrincipalTag/team, 'company-wide'}/*",
      },
    ],
    yes: [
      { ...get, on: 'photos/teams/red/a', facts: { 'aws:PrincipalTag/team': 'red' } },
      { ...get, on: 'photos/shared/red/a', facts: { 'aws:PrincipalTag/team': 'red' } },
      { ...get, on: 'photos/shared/company-wide/a' },
    ],
    no: [
      { ...get, on: 'photos/teams/blue/a', facts: { 'aws:PrincipalTag/team': 'red' } },
      { ...get, on: 'photos/teams//a' },
      { ...get, on: 'photos/teams/${aws:PrincipalTag/team}/a' },
    ],
  },
  'a tag of the object that is the user’s': {
    statements: [
      {
        Effect: 'Allow',
        Action: 's3:GetObject',
        Resource: '*',
        Condition: { StringEquals: { 's3:ExistingObjectTag/team': '${aws:PrincipalTag/team}' } },
      },
    ],
    yes: [{ ...get, facts: { 's3:ExistingObjectTag/team': 'red', 'aws:PrincipalTag/team': 'red' } }],
    no: [
      { ...get, facts: { 's3:ExistingObjectTag/team': 'blue', 'aws:PrincipalTag/team': 'red' } },
      { ...get, facts: { 's3:ExistingObjectTag/team': 'red' } },
      { ...get, facts: { 'aws:PrincipalTag/team': 'red' } },
    ],
  },
  'buckets of a tenant only': {
    statements: [
      { Effect: 'Allow', Action: 's3:*', Resource: '*', Condition: { StringEquals: { 's3:ResourceAccount': 'acme' } } },
    ],
    yes: [{ ...get, facts: { 's3:ResourceAccount': 'acme' } }],
    no: [{ ...get, facts: { 's3:ResourceAccount': 'globex' } }],
  },
};

test.each(Object.entries(examples))('%s', (_name, { statements, yes, no }) => {
  const layers = layersOf({ identity: [identityPolicy('example', ...statements)] });
  const outcomes = (asked: Asked[]) => asked.map((one) => decide(layers, requestOf(one)).allowed);
  expect(outcomes(yes)).toEqual(yes.map(() => true));
  expect(outcomes(no)).toEqual(no.map(() => false));
});

// What a decision costs: twenty statements with conditions, of which the last one that is asked allows.
import { decide } from '../dist/src/auth/policy/decide.js';
import { parsePolicy } from '../dist/src/auth/policy/parse-policy.js';
import { PolicyContext } from '../dist/src/auth/policy/policy-context.js';

const rounds = 20_000;
const repeats = 5;

const facts = {
  'aws:sourceip': '192.0.2.77',
  'aws:currenttime': '2026-11-26T04:00:00.000Z',
  'aws:securetransport': 'true',
  'aws:username': 'ann',
  'aws:principalarn': 'arn:aws:iam::acme:user/ann',
  'aws:useragent': 'aws-sdk-js/3.1162.0 ua/2.1 os/linux lang/js md/nodejs#24.21.0 api/s3#3.1162.0',
  's3:x-amz-server-side-encryption': 'AES256',
  's3:existingobjecttag/team': 'red',
};

/** All conditions that are true; each is followed by another that is not, so that every statement is looked at whole. */
const conditions = [
  { IpAddress: { 'aws:SourceIp': ['10.0.0.0/8', '192.0.2.0/24', '2001:db8::/32'] } },
  { DateGreaterThan: { 'aws:CurrentTime': '2026-01-01' }, Bool: { 'aws:SecureTransport': 'true' } },
  { ArnLike: { 'aws:PrincipalArn': 'arn:aws:iam::acme:user/*' } },
  { StringLike: { 'aws:UserAgent': ['*curl*', '*boto3*', '*aws-sdk-js*'] } },
  { StringEquals: { 's3:ExistingObjectTag/team': ['blue', 'green', 'red'] } },
];

const user = {
  ...{ kind: 'user', userId: 7, username: 'ann', displayName: 'Ann', canonicalId: 'cafe', role: 'MEMBER' },
  ...{ tenantId: 1, tenantName: 'acme', groups: [], policies: [], sessionPolicies: [] },
};

export async function policy() {
  const nearly = Array.from({ length: 19 }, (_, index) =>
    statementOf({
      Effect: index % 2 === 0 ? 'Allow' : 'Deny',
      Condition: { ...conditions[index % conditions.length], Null: { 's3:x-amz-server-side-encryption': 'true' } },
    }),
  );
  const twenty = [...nearly, statementOf({ Effect: 'Allow', Condition: conditions[4] })];
  return [
    figure('twenty statements with conditions', twenty, '< 20'),
    figure('one statement without conditions', [statementOf({ Effect: 'Allow' })]),
  ];
}

function statementOf(more) {
  return {
    Principal: { AWS: 'arn:aws:iam::acme:root' },
    Action: ['s3:GetObject', 's3:PutObject'],
    Resource: 'arn:aws:s3:::photos/home/${aws:username}/*',
    ...more,
  };
}

function figure(what, Statement, aim) {
  const resource = parsePolicy({ Version: '2012-10-17', Statement }, { kind: 'bucket', bucket: 'photos' });
  const layers = { identity: [], sessions: [], resource };
  let best = Number.POSITIVE_INFINITY;
  for (let repeat = 0; repeat < repeats; repeat++) {
    const begun = process.cpuUsage();
    for (let round = 0; round < rounds; round++) {
      // Each request has circumstances of its own, found out anew.
      const { allowed } = decide(layers, {
        principal: user,
        action: 's3:GetObject',
        resource: 'arn:aws:s3:::photos/home/ann/2026/a.jpg',
        tenantId: 1,
        context: new PolicyContext((key) => facts[key]),
      });
      if (!allowed) {
        throw new Error('The last statement allows');
      }
    }
    const { user: spent, system } = process.cpuUsage(begun);
    best = Math.min(best, (spent + system) / rounds);
  }
  return { what: `decide, ${what}, µs of CPU`, value: best.toFixed(2), ...(aim === undefined ? {} : { aim }) };
}

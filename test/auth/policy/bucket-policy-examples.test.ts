// The cases of https://docs.aws.amazon.com/AmazonS3/latest/userguide/example-bucket-policies.html and
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/amazon-s3-policy-keys.html, one test each.
import { uniqueId } from '../../../src/auth/caller-arn.js';
import { decide } from '../../../src/auth/policy/decide.js';
import { type Asked, bucketPolicy, layersOf, requestOf } from './scene.js';

const bucket = 'arn:aws:s3:::photos';
const objects = `${bucket}/*`;
const both = [bucket, objects];
const everyone = { Principal: '*', Resource: objects };
const get: Asked = { action: 's3:GetObject', on: 'photos/a' };
const put: Asked = { action: 's3:PutObject', on: 'photos/a', by: 'ann' };
const list: Asked = { action: 's3:ListBucket', on: 'photos', by: 'ann' };
const ann = { AWS: 'arn:aws:iam::acme:user/ann' };

interface Example {
  statements: object[];
  /** What is allowed, and what is not. */
  yes: Asked[];
  no: Asked[];
}

const with_ = (asked: Asked, facts: Asked['facts'], more: Partial<Asked> = {}): Asked => ({ ...asked, ...more, facts });

const examples: Record<string, Example> = {
  'read-only to the anonymous': {
    statements: [{ ...everyone, Effect: 'Allow', Action: ['s3:GetObject', 's3:GetObjectVersion'] }],
    yes: [get, { ...get, action: 's3:GetObjectVersion' }, { ...get, by: 'eve@globex' }],
    no: [{ ...put }, { ...get, action: 's3:DeleteObject' }, { ...get, on: 'photos' }],
  },
  'read and write to other tenants that are named': {
    statements: [
      {
        Effect: 'Allow',
        Principal: { AWS: ['arn:aws:iam::globex:root', 'arn:aws:iam::initech:root'] },
        Action: ['s3:PutObject', 's3:PutObjectAcl'],
        Resource: objects,
      },
    ],
    yes: [
      { ...put, by: 'eve@globex' },
      { ...put, by: 'pete@initech', action: 's3:PutObjectAcl' },
    ],
    no: [put, { ...put, by: 'dave@hooli' }, { action: 's3:PutObject', on: 'photos/a' }],
  },
  'whoever uploads grants the owner full control': {
    statements: [
      {
        Effect: 'Allow',
        Principal: { AWS: 'arn:aws:iam::globex:user/eve' },
        Action: 's3:PutObject',
        Resource: objects,
        Condition: { StringEquals: { 's3:x-amz-acl': ['bucket-owner-full-control'] } },
      },
    ],
    yes: [with_(put, { 's3:x-amz-acl': 'bucket-owner-full-control' }, { by: 'eve@globex' })],
    no: [{ ...put, by: 'eve@globex' }, with_(put, { 's3:x-amz-acl': 'private' }, { by: 'eve@globex' })],
  },
  'only what is encrypted by a named key': {
    statements: [
      { Effect: 'Allow', Principal: ann, Action: 's3:PutObject', Resource: objects },
      {
        ...everyone,
        Effect: 'Deny',
        Action: 's3:PutObject',
        Condition: { StringNotEquals: { 's3:x-amz-server-side-encryption': 'aws:kms' } },
      },
      {
        ...everyone,
        Effect: 'Deny',
        Action: 's3:PutObject',
        Condition: {
          ArnNotEqualsIfExists: { 's3:x-amz-server-side-encryption-aws-kms-key-id': 'arn:aws:kms:*:acme:key/1' },
        },
      },
    ],
    yes: [
      with_(put, {
        's3:x-amz-server-side-encryption': 'aws:kms',
        's3:x-amz-server-side-encryption-aws-kms-key-id': 'arn:aws:kms:us-east-1:acme:key/1',
      }),
    ],
    no: [
      put,
      // …IfExists holds for what names no key, and it is a Deny.
      with_(put, { 's3:x-amz-server-side-encryption': 'aws:kms' }),
      with_(put, { 's3:x-amz-server-side-encryption': 'AES256' }),
      with_(put, {
        's3:x-amz-server-side-encryption': 'aws:kms',
        's3:x-amz-server-side-encryption-aws-kms-key-id': 'arn:aws:kms:us-east-1:acme:key/2',
      }),
    ],
  },
  'no client keys (SSE-C)': {
    statements: [
      { Effect: 'Allow', Principal: ann, Action: 's3:PutObject', Resource: objects },
      {
        ...everyone,
        Effect: 'Deny',
        Action: 's3:PutObject',
        Condition: { Null: { 's3:x-amz-server-side-encryption-customer-algorithm': 'false' } },
      },
    ],
    yes: [put],
    no: [with_(put, { 's3:x-amz-server-side-encryption-customer-algorithm': 'AES256' })],
  },
  'only by canned access lists, spelled exactly': {
    statements: [
      {
        Effect: 'Allow',
        Principal: ann,
        Action: ['s3:PutObject', 's3:PutObjectAcl'],
        Resource: objects,
        Condition: { StringEquals: { 's3:x-amz-acl': ['public-read'] } },
      },
    ],
    yes: [with_(put, { 's3:x-amz-acl': 'public-read' })],
    no: [put, with_(put, { 's3:x-amz-acl': 'Public-Read' })],
  },
  'only from a range of addresses': {
    statements: [
      {
        ...everyone,
        Resource: both,
        Effect: 'Deny',
        Action: 's3:*',
        Condition: { NotIpAddress: { 'aws:SourceIp': '192.0.2.0/24' } },
      },
      { Effect: 'Allow', Principal: ann, Action: 's3:GetObject', Resource: objects },
    ],
    yes: [with_(get, { 'aws:SourceIp': '192.0.2.7' }, { by: 'ann' })],
    no: [with_(get, { 'aws:SourceIp': '198.51.100.7' }, { by: 'ann' }), { ...get, by: 'ann' }],
  },
  'a range with addresses taken out': {
    statements: [
      {
        ...everyone,
        Effect: 'Allow',
        Action: 's3:*',
        Condition: {
          IpAddress: { 'aws:SourceIp': '192.0.2.0/24' },
          NotIpAddress: { 'aws:SourceIp': '192.0.2.188/32' },
        },
      },
    ],
    yes: [with_(get, { 'aws:SourceIp': '192.0.2.187' })],
    no: [with_(get, { 'aws:SourceIp': '192.0.2.188' }), with_(get, { 'aws:SourceIp': '198.51.100.1' })],
  },
  'IPv4 and IPv6 mixed': {
    statements: [
      {
        ...everyone,
        Effect: 'Allow',
        Action: 's3:*',
        Condition: {
          IpAddress: { 'aws:SourceIp': ['192.0.2.0/24', '2001:DB8:1234:5678::/64'] },
          NotIpAddress: { 'aws:SourceIp': ['203.0.113.0/24', '2001:DB8:1234:5678:ABCD::/80'] },
        },
      },
    ],
    yes: [with_(get, { 'aws:SourceIp': '192.0.2.1' }), with_(get, { 'aws:SourceIp': '2001:db8:1234:5678:1::5' })],
    no: [
      with_(get, { 'aws:SourceIp': '2001:db8:1234:5678:abcd::1' }),
      with_(get, { 'aws:SourceIp': '203.0.113.1' }),
      with_(get, { 'aws:SourceIp': '2001:db8:1234:5679::1' }),
    ],
  },
  'never without TLS': {
    statements: [
      { ...everyone, Effect: 'Allow', Action: 's3:GetObject' },
      {
        ...everyone,
        Resource: both,
        Effect: 'Deny',
        Action: 's3:*',
        Condition: { Bool: { 'aws:SecureTransport': 'false' } },
      },
    ],
    yes: [with_(get, { 'aws:SecureTransport': 'true' })],
    no: [with_(get, { 'aws:SecureTransport': 'false' })],
  },
  'a least version of TLS': {
    statements: [
      { ...everyone, Effect: 'Allow', Action: 's3:GetObject' },
      { ...everyone, Effect: 'Deny', Action: 's3:*', Condition: { NumericLessThan: { 's3:TlsVersion': '1.2' } } },
    ],
    yes: [with_(get, { 's3:TlsVersion': '1.2' }), with_(get, { 's3:TlsVersion': '1.3' })],
    no: [with_(get, { 's3:TlsVersion': '1.1' })],
  },
  'only from links of a site': {
    statements: [
      {
        ...everyone,
        Effect: 'Allow',
        Action: ['s3:GetObject', 's3:GetObjectVersion'],
        Condition: { StringLike: { 'aws:Referer': ['http://www.example.com/*', 'http://example.com/*'] } },
      },
    ],
    yes: [
      with_(get, { 'aws:Referer': 'http://www.example.com/page' }),
      with_(get, { 'aws:Referer': 'http://example.com/' }),
    ],
    no: [get, with_(get, { 'aws:Referer': 'http://example.com.evil.example/' })],
  },
  'a folder of one’s own': {
    statements: [
      {
        Effect: 'Allow',
        Principal: { AWS: 'arn:aws:iam::acme:root' },
        Action: ['s3:PutObject', 's3:GetObject', 's3:DeleteObject'],
        Resource: 'arn:aws:s3:::photos/home/${aws:username}/*',
      },
    ],
    yes: [{ ...put, on: 'photos/home/ann/a' }],
    no: [
      { ...put, on: 'photos/home/bob/a' },
      { ...put, on: 'photos/home/' },
      { ...put, on: 'photos/home/ann' },
    ],
  },
  'a folder of one user': {
    statements: [
      { Effect: 'Allow', Principal: ann, Action: 's3:*', Resource: 'arn:aws:s3:::photos/home/ann/*' },
      {
        Effect: 'Allow',
        Principal: ann,
        Action: 's3:ListBucket',
        Resource: bucket,
        Condition: { StringLike: { 's3:prefix': 'home/ann/*' } },
      },
    ],
    yes: [{ ...put, on: 'photos/home/ann/a/b' }, with_(list, { 's3:prefix': 'home/ann/' })],
    no: [{ ...put, on: 'photos/home/ann/a', by: 'bob' }, list, with_(list, { 's3:prefix': 'home/' })],
  },
  'keys that begin with a prefix': {
    statements: [
      {
        Effect: 'Allow',
        Principal: ann,
        Action: 's3:ListBucket',
        Resource: bucket,
        Condition: { StringEquals: { 's3:prefix': 'projects' } },
      },
      {
        Effect: 'Deny',
        Principal: ann,
        Action: 's3:ListBucket',
        Resource: bucket,
        Condition: { StringNotEquals: { 's3:prefix': 'projects' } },
      },
    ],
    yes: [with_(list, { 's3:prefix': 'projects' })],
    no: [list, with_(list, { 's3:prefix': 'finance' }), with_(list, { 's3:prefix': 'projects/' })],
  },
  'pages of ten': {
    statements: [
      {
        Effect: 'Allow',
        Principal: ann,
        Action: 's3:ListBucket',
        Resource: bucket,
        Condition: { NumericLessThanEquals: { 's3:max-keys': '10' } },
      },
      {
        Effect: 'Deny',
        Principal: ann,
        Action: 's3:ListBucket',
        Resource: bucket,
        Condition: { NumericGreaterThan: { 's3:max-keys': '10' } },
      },
    ],
    yes: [with_(list, { 's3:max-keys': '10' }), with_(list, { 's3:max-keys': '0' })],
    no: [list, with_(list, { 's3:max-keys': '11' })],
  },
  'multi-factor authentication, which no request has here': {
    statements: [
      { ...everyone, Effect: 'Allow', Action: 's3:GetObject' },
      {
        ...everyone,
        Resource: 'arn:aws:s3:::photos/tax/*',
        Effect: 'Deny',
        Action: 's3:*',
        Condition: { Null: { 'aws:MultiFactorAuthAge': true } },
      },
    ],
    yes: [get],
    no: [{ ...get, on: 'photos/tax/2026', by: 'ann' }],
  },
  'only objects with a tag': {
    statements: [
      {
        ...everyone,
        Effect: 'Allow',
        Action: ['s3:GetObject', 's3:GetObjectVersion'],
        Condition: { StringEquals: { 's3:ExistingObjectTag/environment': 'production' } },
      },
    ],
    yes: [with_(get, { 's3:ExistingObjectTag/environment': 'production' })],
    no: [
      get,
      with_(get, { 's3:ExistingObjectTag/environment': 'test' }),
      with_(get, { 's3:ExistingObjectTag/Environment': 'production' }),
    ],
  },
  'only certain tags may be set': {
    statements: [
      {
        Effect: 'Allow',
        Principal: ann,
        Action: 's3:PutObjectTagging',
        Resource: objects,
        Condition: { 'ForAnyValue:StringEquals': { 's3:RequestObjectTagKeys': ['Owner', 'CreationDate'] } },
      },
    ],
    yes: [with_({ ...put, action: 's3:PutObjectTagging' }, { 's3:RequestObjectTagKeys': ['Owner', 'Other'] })],
    no: [
      { ...put, action: 's3:PutObjectTagging' },
      with_({ ...put, action: 's3:PutObjectTagging' }, { 's3:RequestObjectTagKeys': ['owner'] }),
      with_({ ...put, action: 's3:PutObjectTagging' }, { 's3:RequestObjectTagKeys': [] }),
    ],
  },
  'no other tags than certain ones': {
    statements: [
      {
        Effect: 'Allow',
        Principal: ann,
        Action: 's3:PutObjectTagging',
        Resource: objects,
        Condition: { 'ForAllValues:StringLike': { 's3:RequestObjectTagKeys': ['Owner', 'CreationDate'] } },
      },
    ],
    yes: [
      with_({ ...put, action: 's3:PutObjectTagging' }, { 's3:RequestObjectTagKeys': ['Owner'] }),
      // Of no tags all are certain ones.
      { ...put, action: 's3:PutObjectTagging' },
    ],
    no: [with_({ ...put, action: 's3:PutObjectTagging' }, { 's3:RequestObjectTagKeys': ['Owner', 'Other'] })],
  },
  'a tag with one of two values': {
    statements: [
      {
        Effect: 'Allow',
        Principal: ann,
        Action: 's3:PutObjectTagging',
        Resource: objects,
        Condition: { StringEquals: { 's3:RequestObjectTag/Project': ['X', 'Y'] } },
      },
    ],
    yes: [with_({ ...put, action: 's3:PutObjectTagging' }, { 's3:RequestObjectTag/Project': 'Y' })],
    no: [with_({ ...put, action: 's3:PutObjectTagging' }, { 's3:RequestObjectTag/Project': 'Z' })],
  },
  'copies from one folder only': {
    statements: [
      { Effect: 'Allow', Principal: ann, Action: 's3:PutObject', Resource: objects },
      {
        Effect: 'Deny',
        Principal: ann,
        Action: 's3:PutObject',
        Resource: objects,
        Condition: {
          Null: { 's3:x-amz-copy-source': 'false' },
          StringNotLike: { 's3:x-amz-copy-source': '/photos/public/*' },
        },
      },
    ],
    yes: [put, with_(put, { 's3:x-amz-copy-source': ['photos/public/a', '/photos/public/a'] })],
    no: [with_(put, { 's3:x-amz-copy-source': ['photos/private/a', '/photos/private/a'] })],
  },
  'one version of one object': {
    statements: [
      {
        Effect: 'Allow',
        Principal: ann,
        Action: 's3:GetObjectVersion',
        Resource: 'arn:aws:s3:::photos/head.jpg',
        Condition: { StringEquals: { 's3:VersionId': '0000000000000001' } },
      },
    ],
    yes: [
      with_(
        { ...get, action: 's3:GetObjectVersion' },
        { 's3:VersionId': '0000000000000001' },
        { by: 'ann', on: 'photos/head.jpg' },
      ),
    ],
    no: [
      with_(
        { ...get, action: 's3:GetObjectVersion' },
        { 's3:VersionId': '0000000000000002' },
        { by: 'ann', on: 'photos/head.jpg' },
      ),
      with_(get, { 's3:VersionId': '0000000000000001' }, { by: 'ann', on: 'photos/head.jpg' }),
    ],
  },
  'a storage class': {
    statements: [
      {
        Effect: 'Allow',
        Principal: ann,
        Action: 's3:PutObject',
        Resource: objects,
        Condition: { StringEquals: { 's3:x-amz-storage-class': ['STANDARD_IA'] } },
      },
    ],
    yes: [with_(put, { 's3:x-amz-storage-class': 'STANDARD_IA' })],
    no: [put, with_(put, { 's3:x-amz-storage-class': 'STANDARD' })],
  },
  'retention of at most ten days': {
    statements: [
      { Effect: 'Allow', Principal: ann, Action: 's3:PutObjectRetention', Resource: objects },
      {
        Effect: 'Deny',
        Principal: '*',
        Action: 's3:PutObjectRetention',
        Resource: objects,
        Condition: { NumericGreaterThan: { 's3:object-lock-remaining-retention-days': '10' } },
      },
    ],
    yes: [with_({ ...put, action: 's3:PutObjectRetention' }, { 's3:object-lock-remaining-retention-days': '10' })],
    no: [with_({ ...put, action: 's3:PutObjectRetention' }, { 's3:object-lock-remaining-retention-days': '11' })],
  },
  'no other signatures than of version 4': {
    statements: [
      { Effect: 'Allow', Principal: ann, Action: 's3:*', Resource: objects },
      {
        ...everyone,
        Effect: 'Deny',
        Action: 's3:*',
        Condition: { StringEquals: { 's3:signatureversion': 'AWS' } },
      },
    ],
    yes: [with_(put, { 's3:signatureversion': 'AWS4-HMAC-SHA256' })],
    no: [with_(put, { 's3:signatureversion': 'AWS' })],
  },
  'presigned requests that are ten minutes old': {
    statements: [
      { Effect: 'Allow', Principal: ann, Action: 's3:*', Resource: objects },
      { ...everyone, Effect: 'Deny', Action: 's3:*', Condition: { NumericGreaterThan: { 's3:signatureAge': 600000 } } },
    ],
    yes: [put, with_(put, { 's3:signatureAge': '600000' })],
    no: [with_(put, { 's3:signatureAge': '600001' })],
  },
  'only requests that are signed in a header': {
    statements: [
      { Effect: 'Allow', Principal: ann, Action: 's3:*', Resource: objects },
      {
        ...everyone,
        Effect: 'Deny',
        Action: 's3:*',
        Condition: { StringNotEquals: { 's3:authType': 'REST-HEADER' } },
      },
    ],
    yes: [with_(put, { 's3:authType': 'REST-HEADER' })],
    no: [with_(put, { 's3:authType': 'REST-QUERY-STRING' }), with_(put, { 's3:authType': 'POST' }), put],
  },
  'no unsigned content': {
    statements: [
      { Effect: 'Allow', Principal: ann, Action: 's3:*', Resource: objects },
      {
        ...everyone,
        Effect: 'Deny',
        Action: 's3:*',
        Condition: { StringEquals: { 's3:x-amz-content-sha256': 'UNSIGNED-PAYLOAD' } },
      },
    ],
    yes: [with_(put, { 's3:x-amz-content-sha256': 'ab'.repeat(32) })],
    no: [with_(put, { 's3:x-amz-content-sha256': 'UNSIGNED-PAYLOAD' })],
  },
  'only conditional writes': {
    statements: [
      { Effect: 'Allow', Principal: ann, Action: 's3:PutObject', Resource: objects },
      {
        ...everyone,
        Effect: 'Deny',
        Action: 's3:PutObject',
        Condition: { Null: { 's3:if-none-match': 'true' }, Bool: { 's3:ObjectCreationOperation': 'true' } },
      },
    ],
    yes: [
      with_(put, { 's3:if-none-match': '*', 's3:ObjectCreationOperation': 'true' }),
      with_(put, { 's3:ObjectCreationOperation': 'false' }),
    ],
    no: [with_(put, { 's3:ObjectCreationOperation': 'true' })],
  },
  'everybody is denied but one, by NotPrincipal': {
    statements: [
      { Effect: 'Allow', Principal: { AWS: 'arn:aws:iam::acme:root' }, Action: 's3:*', Resource: both },
      { Effect: 'Deny', NotPrincipal: ann, Action: 's3:*', Resource: both },
    ],
    yes: [put, list],
    no: [{ ...put, by: 'bob' }, get],
  },
  'everything but deleting, by NotAction': {
    statements: [{ Effect: 'Allow', Principal: ann, NotAction: 's3:Delete*', Resource: both }],
    yes: [put, list],
    no: [
      { ...put, action: 's3:DeleteObject' },
      { ...list, action: 's3:DeleteBucket' },
    ],
  },
  'nothing outside one folder, by NotResource': {
    statements: [
      { Effect: 'Allow', Principal: ann, Action: 's3:*', Resource: both },
      { Effect: 'Deny', Principal: '*', Action: 's3:*Object', NotResource: 'arn:aws:s3:::photos/hr/*' },
    ],
    yes: [{ ...put, on: 'photos/hr/a' }, list],
    no: [put],
  },
  'for a canonical user': {
    statements: [
      { Effect: 'Allow', Principal: { CanonicalUser: 'id-of-cdn' }, Action: 's3:GetObject', Resource: objects },
    ],
    yes: [
      { ...get, by: 'cdn' },
      { ...get, by: 'cdn@globex' },
    ],
    no: [get, { ...get, by: 'ann' }],
  },
  'for a user by its unique id': {
    statements: [
      { Effect: 'Allow', Principal: { AWS: uniqueId('user', 'id-of-ann') }, Action: 's3:*', Resource: objects },
    ],
    yes: [put],
    no: [get, { ...put, by: 'bob' }],
  },
  'denied to a user and a role by their unique ids': {
    statements: [
      { ...everyone, Effect: 'Allow', Action: 's3:GetObject' },
      {
        Effect: 'Deny',
        Principal: { AWS: [uniqueId('user', 'id-of-ann'), uniqueId('role', 'id-of-bob')] },
        Action: 's3:*',
        Resource: objects,
      },
    ],
    yes: [get, { ...get, by: 'bob' }, { ...get, by: 'cdn' }],
    no: [
      { ...get, by: 'ann' },
      { ...get, by: 'bob', session: 'reader' },
    ],
  },
  'a service delivers logs, and no service is here': {
    statements: [
      {
        Effect: 'Allow',
        Principal: { Service: 'logging.s3.amazonaws.com' },
        Action: 's3:PutObject',
        Resource: 'arn:aws:s3:::photos/logs/*',
        Condition: { ArnLike: { 'aws:SourceArn': 'arn:aws:s3:::*' }, StringEquals: { 'aws:SourceAccount': 'acme' } },
      },
    ],
    yes: [],
    no: [
      { ...put, on: 'photos/logs/a' },
      { action: 's3:PutObject', on: 'photos/logs/a' },
    ],
  },
};

test.each(Object.entries(examples))('%s', (_name, { statements, yes, no }) => {
  const layers = layersOf({ resource: bucketPolicy(...statements) });
  const outcomes = (asked: Asked[]) => asked.map((one) => decide(layers, requestOf(one)).allowed);
  expect(outcomes(yes)).toEqual(yes.map(() => true));
  expect(outcomes(no)).toEqual(no.map(() => false));
});

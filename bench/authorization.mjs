// What full authorization adds to the CPU time of a GET of 4 KiB: a bucket with policy, ACLs, public access block and
// object lock, read by somebody who has rights by a group, beside a bucket with none of them, read by its owner.
import { createHash, randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { graphql, signIn } from './graphql.mjs';
import { drive, requestBytes } from './raw-client.mjs';
import { s3 } from './s3.mjs';
import { signedHeaders } from './sign.mjs';

const size = 4096;
const objects = 200;
const gets = 10_000;
const rounds = 5;
const concurrency = 32;

const plain = { bucket: 'authorization-plain', user: 'bench-owner' };
const full = { bucket: 'authorization-full', user: 'bench-reader' };

export async function authorization(environment) {
  await preparePeople(environment);
  await prepareBuckets(environment);
  const sides = { plain: requestsOf(plain), full: requestsOf(full) };
  const best = { plain: Number.POSITIVE_INFINITY, full: Number.POSITIVE_INFINITY };
  for (let round = 0; round <= rounds; round++) {
    for (const [side, requests] of Object.entries(sides)) {
      const spent = await cpuOf(environment.granaryPid, () =>
        drive({ port: environment.s3Port, requests, count: gets, concurrency }),
      );
      // The first round warms up.
      best[side] = round === 0 ? best[side] : Math.min(best[side], spent / gets);
    }
  }
  return [
    {
      what: 'GET 4 KiB, fully authorized, µs of CPU',
      value: best.full.toFixed(1),
      bare: best.plain.toFixed(1),
      ratio: best.full / best.plain,
      aim: '<= 1.15',
    },
  ];
}

const keyOf = ({ user }) => ({ accessKeyId: `${user}-KEY`, secretAccessKey: `${user}-secret-access-key-0123456789` });

async function preparePeople(environment) {
  const token = await signIn(environment);
  const run = (query) => graphql(environment, { token, query: `mutation { ${query} { userErrors { message } } }` });
  const reads = JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      { Effect: 'Allow', Action: ['s3:GetObject*', 's3:ListBucket'], Resource: 'arn:aws:s3:::authorization-*' },
      { Effect: 'Deny', Action: 's3:DeleteObject*', Resource: '*' },
    ],
  }).replaceAll(/"(\w+)":/g, '$1:');
  await run(`createGroup(input: { name: "bench-readers" })`);
  await run(`createPolicy(input: { name: "bench-reads", document: ${reads} })`);
  await run('attachPolicy(input: { policy: "bench-reads", group: "bench-readers" })');
  for (const { user } of [plain, full]) {
    const { accessKeyId, secretAccessKey } = keyOf({ user });
    await run(`createUser(input: { username: "${user}", password: "correct horse battery 77", role: MEMBER })`);
    await run(
      `createAccessKey(input: { username: "${user}", accessKeyId: "${accessKeyId}", secretAccessKey: "${secretAccessKey}" })`,
    );
  }
  await run(`addUserToGroup(input: { group: "bench-readers", username: "${full.user}" })`);
}

async function prepareBuckets(environment) {
  const owner = {
    ...environment,
    sign: (request) => signedHeaders({ host: '127.0.0.1', ...request, ...keyOf(plain) }),
  };
  await s3(owner, { method: 'PUT', path: `/${plain.bucket}` });
  await s3(owner, {
    method: 'PUT',
    path: `/${full.bucket}`,
    headers: { 'x-amz-bucket-object-lock-enabled': 'true', 'x-amz-object-ownership': 'BucketOwnerPreferred' },
  });
  for (const [parameter, text] of Object.entries(configuration)) {
    const body = Buffer.from(text);
    const headers = { 'content-md5': md5(body) };
    await s3(owner, { method: 'PUT', path: `/${full.bucket}`, query: `${parameter}=`, headers, body });
  }
  const bodies = Array.from({ length: objects }, () => randomBytes(size));
  for (const { bucket } of [plain, full]) {
    const requests = bodies.map((body, i) => {
      const [method, path] = ['PUT', `/${bucket}/object-${i}`];
      const headers = owner.sign({ method, path, payload: body, headers: { 'content-md5': md5(body) } });
      return requestBytes({ method, path, headers, body });
    });
    await drive({ port: environment.s3Port, requests: (i) => requests[i], count: objects, concurrency });
  }
}

const md5 = (bytes) => createHash('md5').update(bytes).digest('base64');

const resource = `arn:aws:s3:::${full.bucket}`;
const everyone = { Principal: '*', Resource: [resource, `${resource}/*`] };

/** What people put into policies: encryption in transit, addresses, tags that must not be written, readers. */
const policy = {
  Version: '2012-10-17',
  Statement: [
    { ...everyone, Effect: 'Deny', Action: 's3:*', Condition: { StringLike: { 'aws:UserAgent': '*BadBot*' } } },
    {
      ...everyone,
      Effect: 'Deny',
      Action: 's3:PutObject',
      Condition: { StringEquals: { 's3:x-amz-server-side-encryption': 'aws:kms' } },
    },
    {
      ...everyone,
      Effect: 'Deny',
      Action: ['s3:PutObject*', 's3:DeleteObject*'],
      Condition: { NotIpAddress: { 'aws:SourceIp': ['127.0.0.0/8', '10.0.0.0/8'] } },
    },
    { ...everyone, Effect: 'Deny', Action: 's3:*', Condition: { NumericLessThan: { 's3:TlsVersion': '1.2' } } },
    {
      ...everyone,
      Effect: 'Allow',
      Principal: { AWS: `arn:aws:iam::default:user/${full.user}` },
      Action: 's3:GetObject',
      Condition: { IpAddress: { 'aws:SourceIp': ['127.0.0.0/8', '::1/128'] } },
    },
  ],
};

const configuration = {
  'object-lock': `<ObjectLockConfiguration><ObjectLockEnabled>Enabled</ObjectLockEnabled><Rule><DefaultRetention>
    <Mode>GOVERNANCE</Mode><Days>1</Days></DefaultRetention></Rule></ObjectLockConfiguration>`,
  publicAccessBlock: `<PublicAccessBlockConfiguration><BlockPublicAcls>true</BlockPublicAcls>
    <IgnorePublicAcls>true</IgnorePublicAcls><BlockPublicPolicy>true</BlockPublicPolicy>
    <RestrictPublicBuckets>true</RestrictPublicBuckets></PublicAccessBlockConfiguration>`,
  policy: JSON.stringify(policy),
};

function requestsOf(side) {
  const requests = Array.from({ length: objects }, (_, i) => {
    const [method, path] = ['GET', `/${side.bucket}/object-${i}`];
    return requestBytes({ method, path, headers: signedHeaders({ host: '127.0.0.1', method, path, ...keyOf(side) }) });
  });
  return (i) => requests[i % objects];
}

/** The CPU time that a process takes for some work, with all its threads, in µs. */
async function cpuOf(pid, work) {
  const before = await cpuTime(pid);
  await work();
  return (await cpuTime(pid)) - before;
}

/** A tick is 10 ms on Linux. https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html */
async function cpuTime(pid) {
  const fields = (await readFile(`/proc/${pid}/stat`, 'utf8')).replace(/^.*\) /s, '').split(' ');
  return (Number(fields[11]) + Number(fields[12])) * 10_000;
}

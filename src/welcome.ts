import type { Settings } from './config/settings.js';
import type { RunningGranary } from './start.js';

/** What a person reads when granary has started: the addresses, new secrets, and how to store a first file. */
export function welcome(running: RunningGranary): string {
  const { settings } = running.granary;
  return [
    'Granary is running.',
    '',
    `  GraphQL   ${settings.publicUrl ?? running.httpUrl}/graphql   (try it in a browser: /graphiql)`,
    `  S3        ${settings.s3PublicUrl ?? running.s3Url}   (region ${settings.s3Region})`,
    `  Data      ${settings.dataDir}${settings.databaseUrl === undefined ? '' : ' and the database of DATABASE_URL'}`,
    ...newSecrets(running),
    '',
    'Store a first file through GraphQL and read it back through S3:',
    '',
    ...firstUpload(running, settings),
    '',
    'Press Ctrl-C to stop.',
    '',
  ].join('\n');
}

function newSecrets({ firstStart }: RunningGranary): string[] {
  if (firstStart === null || (firstStart.password === null && firstStart.secretAccessKey === null)) {
    return [];
  }
  const { tenant, username, password, accessKeyId, secretAccessKey } = firstStart;
  const lines = ['', `  Made for you, and shown this once (tenant ${tenant}):`, '', `  Username           ${username}`];
  if (password !== null) {
    lines.push(`  Password           ${password}`);
  }
  lines.push(`  Access key         ${accessKeyId}`);
  if (secretAccessKey !== null) {
    lines.push(`  Secret access key  ${secretAccessKey}`);
  }
  return lines;
}

/** Commands for a POSIX shell that work as they are pasted. What was not made by this start, the reader fills in. */
function firstUpload(running: RunningGranary, settings: Settings): string[] {
  const { firstStart } = running;
  const username = firstStart?.username ?? 'admin';
  const password = firstStart?.password ?? '<the password of admin>';
  const keyId = firstStart?.accessKeyId ?? settings.rootAccessKey ?? '<your access key>';
  const secret = firstStart?.secretAccessKey ?? '<its secret access key>';
  const graphql = `${running.httpUrl}/graphql`;
  const json = `-H 'content-type: application/json'`;
  return [
    `  TOKEN=$(curl -s ${graphql} ${json} -d '${login(username, password)}' | sed 's/.*"accessToken":"\\([^"]*\\)".*/\\1/')`,
    `  curl -s ${graphql} ${json} -H "authorization: Bearer $TOKEN" -d '${createBucket}'`,
    `  echo 'Hello, Granary' > hello.txt`,
    `  curl -s ${graphql} -H "authorization: Bearer $TOKEN" -H 'apollo-require-preflight: true' \\`,
    `    -F operations='${uploadObject}' \\`,
    `    -F map='{"0":["variables.file"]}' -F 0=@hello.txt`,
    `  curl -s ${running.s3Url}/first-bucket/hello.txt --user '${keyId}:${secret}' \\`,
    // Not every curl sends the header that S3 wants in each signed request.
    `    --aws-sigv4 aws:amz:${settings.s3Region}:s3 -H 'x-amz-content-sha256: UNSIGNED-PAYLOAD'`,
  ];
}

function login(username: string, password: string): string {
  return JSON.stringify({
    query: 'mutation($input: LoginInput!) { login(input: $input) { accessToken } }',
    variables: { input: { username, password } },
  });
}

const createBucket = JSON.stringify({
  query: 'mutation { createBucket(input: {bucket: "first-bucket"}) { bucket { name } userErrors { message } } }',
});

const uploadObject = JSON.stringify({
  query:
    'mutation($file: Upload!) { uploadObject(input: {bucket: "first-bucket", key: "hello.txt", file: $file}) ' +
    '{ object { key size sha256 } userErrors { message } } }',
  variables: { file: null },
});

import { randomBytes } from 'node:crypto';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { programProblem } from '../support/programs.js';
import { digestsOf, Tool, writeTree } from './tool.js';

const problem = programProblem('aws');
const suite = problem === undefined ? describe : describe.skip;

suite(`awscli${problem === undefined ? '' : ` (skipped: ${problem})`}`, () => {
  let tool: Tool;

  beforeAll(async () => {
    tool = await Tool.open('aws');
    tool.environment({
      AWS_ACCESS_KEY_ID: tool.server.accessKeyId,
      AWS_SECRET_ACCESS_KEY: tool.server.secretAccessKey,
      AWS_DEFAULT_REGION: 'us-east-1',
      AWS_EC2_METADATA_DISABLED: 'true',
      AWS_MAX_ATTEMPTS: '1',
    });
  });

  afterAll(() => tool?.[Symbol.asyncDispose]());

  const aws = (...args: string[]) => tool.run('--endpoint-url', tool.server.s3Url, ...args);
  const s3api = async (...args: string[]) => {
    const answer = await aws('--output', 'json', 's3api', ...args);
    return answer === '' ? {} : JSON.parse(answer);
  };

  test('s3 mb, sync, ls, rm and rb take a tree there and back', async () => {
    const [there, back] = [join(tool.home, 'there'), join(tool.home, 'back')];
    await writeTree(there);
    await aws('s3', 'mb', 's3://tree');
    await aws('s3', 'sync', '--only-show-errors', there, 's3://tree/some/where');
    expect(await aws('s3', 'sync', there, 's3://tree/some/where')).toBe('');
    await aws('s3', 'sync', '--only-show-errors', 's3://tree/some/where', back);
    expect(await digestsOf(back)).toEqual(await digestsOf(there));
    expect(await aws('s3', 'ls', 's3://tree/some/where/')).toMatch(/PRE deep\/\n.*12 plain\.txt/s);

    await rm(join(there, 'plain.txt'));
    await aws('s3', 'sync', '--only-show-errors', '--delete', there, 's3://tree/some/where');
    expect(await aws('s3', 'ls', '--recursive', 's3://tree/')).not.toContain('plain.txt');
    await aws('s3', 'rm', '--only-show-errors', '--recursive', 's3://tree/');
    await aws('s3', 'rb', 's3://tree');
    expect(await aws('s3', 'ls')).not.toContain('tree');
  }, 120_000);

  test('s3 cp streams, copies within the server and moves', async () => {
    const file = join(tool.home, 'file');
    await writeFile(file, randomBytes(100_000));
    await aws('s3', 'mb', 's3://copies');
    await aws('s3', 'cp', '--only-show-errors', '--metadata', 'colour=green', file, 's3://copies/one');
    await aws('s3', 'cp', '--only-show-errors', 's3://copies/one', 's3://copies/two');
    await aws('s3', 'mv', '--only-show-errors', 's3://copies/two', 's3://copies/three');
    const head = await s3api('head-object', '--bucket', 'copies', '--key', 'three');
    expect(head).toMatchObject({ ContentLength: 100_000, Metadata: { colour: 'green' } });
    await aws('s3', 'cp', '--only-show-errors', 's3://copies/three', join(tool.home, 'again'));
    expect(await readFile(join(tool.home, 'again'))).toEqual(await readFile(file));
  }, 120_000);

  test('s3 presign makes a link that a browser can open, until it expires', async () => {
    const file = join(tool.home, 'hello');
    await writeFile(file, 'hello');
    await aws('s3', 'mb', 's3://links');
    await aws('s3', 'cp', '--only-show-errors', file, 's3://links/hello there');
    const url = (await aws('s3', 'presign', '--expires-in', '60', 's3://links/hello there')).trim();
    expect(await (await fetch(url)).text()).toBe('hello');
    expect((await fetch(url.replace('hello', 'other'))).status).toBe(403);
  }, 60_000);

  test('s3api sees versions, tags, ranges and errors as with Amazon S3', async () => {
    await s3api('create-bucket', '--bucket', 'api');
    const versioning = ['--bucket', 'api', '--versioning-configuration', 'Status=Enabled'];
    await s3api('put-bucket-versioning', ...versioning);
    const file = join(tool.home, 'digits');
    await writeFile(file, '0123456789');
    const first = await s3api('put-object', '--bucket', 'api', '--key', 'k', '--body', file, '--tagging', 'a=1&b=2');
    await s3api('delete-object', '--bucket', 'api', '--key', 'k');
    const versions = await s3api('list-object-versions', '--bucket', 'api');
    expect(versions.Versions).toMatchObject([{ Key: 'k', IsLatest: false, VersionId: first.VersionId }]);
    expect(versions.DeleteMarkers).toMatchObject([{ Key: 'k', IsLatest: true }]);
    const named = ['--bucket', 'api', '--key', 'k', '--version-id', first.VersionId];
    expect((await s3api('get-object-tagging', ...named)).TagSet).toEqual(
      expect.arrayContaining([
        { Key: 'a', Value: '1' },
        { Key: 'b', Value: '2' },
      ]),
    );
    const range = await s3api('get-object', ...named, '--range', 'bytes=2-4', join(tool.home, 'some'));
    expect(range).toMatchObject({ ContentRange: 'bytes 2-4/10', ContentLength: 3 });
    expect(await readFile(join(tool.home, 'some'), 'utf8')).toBe('234');
    const call = ['s3api', 'get-object', '--bucket', 'api', '--key', 'none', join(tool.home, 'none')];
    expect(await tool.fail('--endpoint-url', tool.server.s3Url, ...call)).toContain('NoSuchKey');
  }, 120_000);

  test('sts and iam make users, keys, roles and temporary credentials', async () => {
    const json = async (...args: string[]) => JSON.parse(await aws('--output', 'json', ...args));
    expect(await json('sts', 'get-caller-identity')).toMatchObject({ Arn: 'arn:aws:iam::default:user/admin' });
    const { User } = await json('iam', 'create-user', '--user-name', 'cli');
    expect(User).toMatchObject({ UserName: 'cli', Arn: 'arn:aws:iam::default:user/cli' });
    const { AccessKey } = await json('iam', 'create-access-key', '--user-name', 'cli');
    expect((await json('iam', 'list-users')).Users).toMatchObject([{ UserName: 'admin' }, { UserName: 'cli' }]);
    const document = (statement: object) => JSON.stringify({ Version: '2012-10-17', Statement: statement });
    const trust = document({ Effect: 'Allow', Principal: { AWS: User.Arn }, Action: 'sts:AssumeRole' });
    const made = await json('iam', 'create-role', '--role-name', 'maker', '--assume-role-policy-document', trust);
    expect(made.Role).toMatchObject({ Arn: 'arn:aws:iam::default:role/maker' });
    const policy = document({ Effect: 'Allow', Action: 's3:*', Resource: '*' });
    const inline = ['--role-name', 'maker', '--policy-name', 'all', '--policy-document', policy];
    await aws('iam', 'put-role-policy', ...inline);
    const own = { AWS_ACCESS_KEY_ID: AccessKey.AccessKeyId, AWS_SECRET_ACCESS_KEY: AccessKey.SecretAccessKey };
    const before = { AWS_ACCESS_KEY_ID: tool.server.accessKeyId, AWS_SECRET_ACCESS_KEY: tool.server.secretAccessKey };
    try {
      tool.environment(own);
      const role = ['--role-arn', made.Role.Arn, '--role-session-name', 'night'];
      const { Credentials } = await json('sts', 'assume-role', ...role);
      tool.environment({
        AWS_ACCESS_KEY_ID: Credentials.AccessKeyId,
        AWS_SECRET_ACCESS_KEY: Credentials.SecretAccessKey,
        AWS_SESSION_TOKEN: Credentials.SessionToken,
      });
      expect(await json('sts', 'get-caller-identity')).toMatchObject({
        Arn: 'arn:aws:sts::default:assumed-role/maker/night',
      });
      await aws('s3', 'mb', 's3://of-cli');
      expect(await aws('s3', 'ls')).toContain('of-cli');
    } finally {
      tool.environment({ ...before, AWS_SESSION_TOKEN: '' });
    }
  }, 120_000);
});

import { parsePattern } from '../../../src/auth/policy/pattern.js';
import { PolicyContext } from '../../../src/auth/policy/policy-context.js';
import { keyPatterns } from '../../../src/operations/access/key-patterns.js';

const context = new PolicyContext((key) => (key === 'aws:username' ? 'a*b' : undefined));

test.each([
  ['*', ['%']],
  ['arn:aws:s3:::*', ['%']],
  ['arn:aws:s3:::photos/*', ['%']],
  ['arn:aws:s3:::photos', []],
  ['arn:aws:s3:::other/*', []],
  ['arn:aws:s3:::photos/home/*', ['home/%']],
  ['arn:aws:s3:::ph*/home/?', ['%/home/_', 'home/_']],
  ['arn:aws:s3:::photo?/100%_\\', ['100\\%\\_\\\\']],
  [`arn:aws:s3:::photos/\${aws:username}/*`, ['a*b/%']],
  [`arn:aws:s3:::photos/\${aws:nothing}/*`, []],
])('of %s the keys in a bucket are %j', (source, expected) => {
  const pattern = parsePattern(source, 'Resource', { wildcards: 'wildcards', variables: 'variables' });
  expect(keyPatterns(pattern, 'arn:aws:s3:::photos', context).sort()).toEqual(expected);
});

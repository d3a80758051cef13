import { networkOf } from '../../src/auth/network-of.js';
import { passwordProblem } from '../../src/auth/password-rules.js';

const problem = (password: string, username = 'ann-lee', minimumLength = 8) =>
  passwordProblem(password, { username, minimumLength });

test.each([
  ['short', '1234567'],
  ['too long', 'x7'.repeat(513)],
  ['the username in it', 'my-ANN-LEE-1968'],
  ['a common one', 'Password'],
  ['a common one with digits and signs at its end', 'Passw0rd2024!'],
  ['a common one among signs', '!!welcome123'],
  ['digits from lists', '1q2w3e4r'],
  ['one character', 'aaaaaaaaaaaa'],
  ['three characters', 'abcabcabcabc'],
  ['a run', '23456789'],
  ['a run backwards', 'hgfedcba'],
  ['wide letters of a common one', 'ｐａｓｓｗｏｒｄ'],
])('a password that is %s is refused', (_what, password) => {
  expect(problem(password)).toBeDefined();
});

test.each(['correct horse battery', 'Tr0ub4dor&3x', 'zürich-im-mai', '👍🏽🐎🔋📎🦆🎈🍋🧲', 'passwords are strange'])(
  'the password %j is taken',
  (password) => {
    expect(problem(password)).toBeUndefined();
  },
);

test('a very short username may stand in a password, and the least length can be set', () => {
  expect(problem('jo and the whale', 'jo')).toBeUndefined();
  expect(problem('Tr0ub4dor&3x', 'ann', 13)).toBe('A password has 13 to 1024 characters.');
});

test.each([
  ['192.0.2.7', '192.0.2.7'],
  ['::ffff:192.0.2.7', '192.0.2.7'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
  ['2001:db8:1:2::1', '2001:db8:1:2::/64'],
  ['fe80::1%eth0', 'fe80::/64'],
  ['::1', '::/64'],
  ['nonsense', undefined],
  [null, undefined],
])('of the address %j, %j is counted', (address, network) => {
  expect(networkOf(address)).toBe(network);
});

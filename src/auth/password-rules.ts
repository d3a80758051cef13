import { commonPasswords } from './common-passwords.js';

/** More than anybody types, and little enough to hash. */
const MOST_CHARACTERS = 1024;
/** A shorter name may stand in a password by chance. */
const TELLING_NAME_LENGTH = 3;

/** What stands against a new password, in words for whoever chose it; undefined when nothing does. */
export function passwordProblem(
  password: string,
  rules: { username: string; minimumLength: number },
): string | undefined {
  const length = [...password].length;
  if (length < rules.minimumLength || length > MOST_CHARACTERS) {
    return `A password has ${rules.minimumLength} to ${MOST_CHARACTERS} characters.`;
  }
  const plain = password.normalize('NFKC').toLowerCase();
  const name = rules.username.toLowerCase();
  if (name.length >= TELLING_NAME_LENGTH && plain.includes(name)) {
    return 'A password must not contain the username.';
  }
  if (new Set(plain).size < 4 || isCommon(plain)) {
    return 'This password is among the first that are tried. Choose another one.';
  }
  return undefined;
}

function isCommon(plain: string): boolean {
  const bare = plain.replace(/^[^\p{L}]+|[^\p{L}]+$/gu, '');
  return commonPasswords.has(plain) || (bare !== '' && commonPasswords.has(bare)) || isRun(plain);
}

/** Characters that follow each other: 23456789, hgfedcba. */
function isRun(text: string): boolean {
  const codes = [...text].map((character) => character.codePointAt(0) ?? 0);
  const steps = codes.slice(1).map((code, index) => code - (codes[index] ?? 0));
  return steps.every((step) => step === 1) || steps.every((step) => step === -1);
}

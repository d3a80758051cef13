import { randomBytes } from 'node:crypto';
import { ACCESS_KEY_ID_PATTERN } from '../../auth/credential-cache.js';
import { GranaryError } from '../../errors.js';

const usernamePattern = /^[A-Za-z0-9._@+-]{1,64}$/;
const tenantNamePattern = /^(?=.{3,63}$)[a-z0-9]([a-z0-9-]*[a-z0-9])?$/;
const canonicalIdPattern = /^[A-Za-z0-9-]{1,128}$/;
const secretPattern = /^[\x21-\x7e]{8,128}$/;
const emailPattern = /^[^\s@]{1,64}@[^\s@]{1,255}$/;
const MAX_TEXT_LENGTH = 256;

export function isUsername(value: string): boolean {
  return usernamePattern.test(value);
}

export function isEmail(value: string): boolean {
  return emailPattern.test(value) && isPlainText(value);
}

export function isTenantName(value: string): boolean {
  return tenantNamePattern.test(value);
}

export function validateUsername(value: string): void {
  require(isUsername(value), 'username', 'A username has 1 to 64 characters: letters, digits and . _ @ + -');
}

export function validateTenantName(value: string): void {
  require(isTenantName(
    value,
  ), 'name', 'A tenant name has 3 to 63 characters: lower-case letters, digits and -, and neither begins nor ends with -');
}

export function validateCanonicalId(value: string): void {
  require(canonicalIdPattern.test(
    value,
  ), 'canonicalId', 'A canonical id has 1 to 128 characters: letters, digits and -');
}

export function validateAccessKeyId(value: string): void {
  require(ACCESS_KEY_ID_PATTERN.test(
    value,
  ), 'accessKeyId', 'An access key id has 3 to 128 characters: letters, digits and _ . -');
}

export function validateSecretAccessKey(value: string): void {
  require(secretPattern.test(
    value,
  ), 'secretAccessKey', 'A secret access key has 8 to 128 printable ASCII characters without spaces.');
}

export function validateEmail(value: string): void {
  require(isEmail(value), 'email', 'An e-mail address looks like name@example.com.');
}

/** A name or a description for people's eyes. */
export function validateText(value: string, field: string): void {
  require(isPlainText(value), field, `${field} has at most ${MAX_TEXT_LENGTH} characters and no control characters.`);
}

/** A time that is still to come. */
export function validateExpiry(value: Date): void {
  require(value.getTime() > Date.now(), 'expiresAt', 'expiresAt must be in the future.');
}

/** As S3 shows owners: 64 hexadecimal digits. */
export function newCanonicalId(): string {
  return randomBytes(32).toString('hex');
}

/** Short, and without control characters. */
export function isPlainText(value: string): boolean {
  return value.length <= MAX_TEXT_LENGTH && value.isWellFormed() && !/\p{Cc}/u.test(value);
}

function require(holds: boolean, field: string, message: string): void {
  if (!holds) {
    throw new GranaryError('InvalidInput', message, { field: ['input', field] });
  }
}

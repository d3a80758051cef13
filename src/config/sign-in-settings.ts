import { day, oneOf, type SettingTable, text, wholeNumber, year } from './setting.js';

/** Who gets in, and for how long. */
export interface SignInSettings {
  /** Password of the user `admin`; without it the first start makes one. */
  readonly adminPassword: string | undefined;
  /** Access key of `admin`, together with {@link rootSecretKey}. */
  readonly rootAccessKey: string | undefined;
  readonly rootSecretKey: string | undefined;
  readonly accessTokenSeconds: number;
  readonly refreshTokenSeconds: number;
  /** After so long access tokens are signed with a new key. */
  readonly signingKeySeconds: number;
  /** The shortest password that a user may choose. */
  readonly passwordMinLength: number;
  /** Failed sign-ins with one name that cost no waiting. */
  readonly signInAttempts: number;
  /** How old may be what is known of a directory's user before the directory is asked again. */
  readonly directoryRecheckSeconds: number;
  /** Whether OpenID providers may be in loopback and private networks, and without TLS. */
  readonly oidcAllowPrivate: 'on' | 'off';
  /** How long the explanation of a denied request can be looked up. */
  readonly decisionSeconds: number;
}

export const signInTable: SettingTable<SignInSettings> = {
  adminPassword: {
    variable: 'GRANARY_ADMIN_PASSWORD',
    schema: text(/^.{8,256}$/s, 'is not 8 to 256 characters long').optional(),
    example: 'a-long-passphrase-of-your-own',
  },
  rootAccessKey: {
    variable: 'GRANARY_ROOT_ACCESS_KEY',
    schema: text(/^[A-Za-z0-9_.-]{3,128}$/, 'is not 3 to 128 letters, digits, dots, - or _').optional(),
    example: 'GRANARYROOT',
  },
  rootSecretKey: {
    variable: 'GRANARY_ROOT_SECRET_KEY',
    schema: text(/^[\x21-\x7e]{8,128}$/, 'is not 8 to 128 printable characters without spaces').optional(),
    example: 'the output of: openssl rand -base64 30',
  },
  accessTokenSeconds: { variable: 'GRANARY_ACCESS_TOKEN_LIFETIME', schema: wholeNumber(900, 60, day), example: '900' },
  refreshTokenSeconds: {
    variable: 'GRANARY_REFRESH_TOKEN_LIFETIME',
    schema: wholeNumber(30 * day, 60, year),
    example: '2592000',
  },
  signingKeySeconds: {
    variable: 'GRANARY_SIGNING_KEY_LIFETIME',
    schema: wholeNumber(90 * day, day, 10 * year),
    example: '7776000',
  },
  passwordMinLength: { variable: 'GRANARY_PASSWORD_MIN_LENGTH', schema: wholeNumber(8, 8, 128), example: '12' },
  signInAttempts: { variable: 'GRANARY_SIGN_IN_ATTEMPTS', schema: wholeNumber(5, 1, 1000), example: '5' },
  directoryRecheckSeconds: {
    variable: 'GRANARY_DIRECTORY_RECHECK',
    schema: wholeNumber(900, 0, 30 * day),
    example: '900',
  },
  oidcAllowPrivate: { variable: 'GRANARY_OIDC_ALLOW_PRIVATE', schema: oneOf(['on', 'off'], 'off'), example: 'on' },
  decisionSeconds: {
    variable: 'GRANARY_DECISION_RETENTION',
    schema: wholeNumber(7 * day, 0, year),
    example: '604800',
  },
};

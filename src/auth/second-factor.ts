import { createHash, randomBytes } from 'node:crypto';
import { Secret, TOTP } from 'otpauth';

/** What the secret of a row is sealed for. */
export function secondFactorSealContext(id: string): string {
  return `second_factor:${id}`;
}

/** As long as the HMAC's output, as RFC 4226 recommends. */
const SECRET_BYTES = 20;
const PERIOD_SECONDS = 30;
/** A code is good for one step before and after its own: clocks differ. */
const WINDOW = 1;
const RECOVERY_CODES = 10;
const RECOVERY_CODE_BYTES = 10;

/** A new secret, in the base32 that authenticators take. */
export function newTotpSecret(): string {
  return new Secret({ buffer: new Uint8Array(randomBytes(SECRET_BYTES)).buffer }).base32;
}

/** What an authenticator reads from a QR code. */
export function totpUri(secret: string, label: string): string {
  return totpOf(secret, label).toString();
}

/** The time step that a code belongs to; undefined when it is not valid now. */
export function totpStep(secret: string, code: string): number | undefined {
  const now = Date.now();
  const delta = totpOf(secret).validate({ token: code, window: WINDOW, timestamp: now });
  return delta === null ? undefined : Math.floor(now / 1000 / PERIOD_SECONDS) + delta;
}

/** Whether what was typed looks like a code of an authenticator. */
export function isTotpCode(code: string): boolean {
  return /^\d{6}$/.test(code);
}

/** Fresh codes for whoever loses the device. */
export function newRecoveryCodes(): string[] {
  return Array.from({ length: RECOVERY_CODES }, () => {
    const text = new Secret({ buffer: new Uint8Array(randomBytes(RECOVERY_CODE_BYTES)).buffer }).base32.toLowerCase();
    return text.replace(/.{4}(?=.)/g, '$&-');
  });
}

/** What is kept of a recovery code: 80 random bits need no slow hash. */
export function recoveryCodeDigest(code: string): Buffer {
  const plain = code.toLowerCase().replace(/[^a-z2-7]/g, '');
  return createHash('sha256').update(`recovery code:${plain}`).digest();
}

function totpOf(secret: string, label?: string): TOTP {
  return new TOTP({
    issuer: 'Granary',
    ...(label === undefined ? {} : { label }),
    algorithm: 'SHA1',
    digits: 6,
    period: PERIOD_SECONDS,
    secret: Secret.fromBase32(secret),
  });
}

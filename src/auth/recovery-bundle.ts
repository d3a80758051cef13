import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { hashRaw } from '@node-rs/argon2';
import { z } from 'zod';
import { GranaryError } from '../errors.js';
import { MASTER_KEY_LENGTH, MasterKey } from './master-keys.js';

/** The fewest characters of a passphrase. */
export const SHORTEST_PASSPHRASE = 12;

const MAGIC = 'granary-recovery-bundle';
const VERSION = 1;
const SALT_LENGTH = 16;
const NONCE_LENGTH = 12;
const TAG_LENGTH = 16;

/** What a bundle from elsewhere may ask for: more would be an attack on this machine's memory or patience. */
const most = { memoryKiB: 1024 * 1024, passes: 32, lanes: 16 };

/** Argon2id as RFC 9106 has it for where memory is short: 64 MiB, 3 passes, 4 lanes. */
const parameters = { memoryKiB: 64 * 1024, passes: 3, lanes: 4 };

const base64 = (bytes: number) => z.base64().refine((text) => Buffer.from(text, 'base64').length === bytes);

const headerSchema = z.object({
  version: z.literal(VERSION),
  createdAt: z.string().max(40),
  /** Hexadecimal ids of the keys inside, the current one first. */
  keyIds: z.array(z.string().regex(/^[0-9a-f]{8}$/)).min(1),
  kdf: z.object({
    name: z.literal('argon2id'),
    memoryKiB: z.number().int().min(8).max(most.memoryKiB),
    passes: z.number().int().min(1).max(most.passes),
    lanes: z.number().int().min(1).max(most.lanes),
    salt: base64(SALT_LENGTH),
  }),
  cipher: z.object({ name: z.literal('aes-256-gcm'), nonce: base64(NONCE_LENGTH) }),
});

type Header = z.infer<typeof headerSchema>;

/**
 * All master keys, sealed with a passphrase: a text of two lines. The first is the magic word and a header in JSON,
 * which is authenticated too; the second, in base64, the keys one after the other and the tag (AES-256-GCM).
 * @throws GranaryError InvalidInput when the passphrase is too short.
 */
export async function sealRecoveryBundle(keys: readonly Buffer[], passphrase: string): Promise<string> {
  if ([...passphrase].length < SHORTEST_PASSPHRASE) {
    throw new GranaryError('InvalidInput', `The passphrase must have at least ${SHORTEST_PASSPHRASE} characters.`);
  }
  const nonce = randomBytes(NONCE_LENGTH);
  const header: Header = {
    version: VERSION,
    createdAt: new Date().toISOString(),
    keyIds: keys.map((key) => new MasterKey(key).id.toString('hex')),
    kdf: { name: 'argon2id', ...parameters, salt: randomBytes(SALT_LENGTH).toString('base64') },
    cipher: { name: 'aes-256-gcm', nonce: nonce.toString('base64') },
  };
  const first = `${MAGIC} ${JSON.stringify(header)}`;
  const cipher = createCipheriv('aes-256-gcm', await deriveKey(passphrase, header.kdf), nonce);
  cipher.setAAD(Buffer.from(first, 'utf8'));
  const sealed = Buffer.concat([cipher.update(Buffer.concat(keys)), cipher.final(), cipher.getAuthTag()]);
  return `${first}\n${sealed.toString('base64')}\n`;
}

/**
 * The keys of a bundle, the current one first.
 * @throws GranaryError InvalidInput when it is no bundle, DigestMismatch when the passphrase is not the one it was sealed
 * with, or the bundle was changed: the two cannot be told apart.
 */
export async function openRecoveryBundle(bundle: string, passphrase: string): Promise<Buffer[]> {
  const [first = '', second = ''] = bundle.split('\n');
  const header = parseHeader(first);
  const sealed = Buffer.from(second, 'base64');
  if (sealed.length !== header.keyIds.length * MASTER_KEY_LENGTH + TAG_LENGTH) {
    throw notABundle();
  }
  const key = await deriveKey(passphrase, header.kdf);
  const decipher = createDecipheriv('aes-256-gcm', key, Buffer.from(header.cipher.nonce, 'base64'), {
    authTagLength: TAG_LENGTH,
  });
  decipher.setAAD(Buffer.from(first, 'utf8'));
  decipher.setAuthTag(sealed.subarray(-TAG_LENGTH));
  try {
    return split(Buffer.concat([decipher.update(sealed.subarray(0, -TAG_LENGTH)), decipher.final()]));
  } catch (error) {
    throw new GranaryError('DigestMismatch', 'The bundle does not open: the passphrase is wrong, or it was changed.', {
      reason: 'WrongPassphrase',
      cause: error,
    });
  }
}

function parseHeader(line: string): Header {
  if (!line.startsWith(`${MAGIC} `)) {
    throw notABundle();
  }
  try {
    return headerSchema.parse(JSON.parse(line.slice(MAGIC.length + 1)));
  } catch (error) {
    throw notABundle(error);
  }
}

function deriveKey(passphrase: string, kdf: Header['kdf']): Promise<Buffer> {
  // The same letters may be typed as different code points: https://www.rfc-editor.org/rfc/rfc8265#section-4.2
  return hashRaw(passphrase.normalize('NFC'), {
    memoryCost: kdf.memoryKiB,
    timeCost: kdf.passes,
    parallelism: kdf.lanes,
    salt: Buffer.from(kdf.salt, 'base64'),
    outputLen: 32,
  });
}

function split(keys: Buffer): Buffer[] {
  return Array.from({ length: keys.length / MASTER_KEY_LENGTH }, (_, index) =>
    keys.subarray(index * MASTER_KEY_LENGTH, (index + 1) * MASTER_KEY_LENGTH),
  );
}

function notABundle(cause?: unknown): GranaryError {
  return new GranaryError(
    'InvalidInput',
    'This is not a recovery bundle, or one of a version that is not known here.',
    {
      reason: 'InvalidRecoveryBundle',
      cause,
    },
  );
}

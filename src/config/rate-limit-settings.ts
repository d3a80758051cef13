import { z } from 'zod';
import { type RateSetting, requestRate, type Setting, type SettingTable } from './setting.js';

/** Limits of requests, and where they are counted. Null for no limit. */
export interface RateLimitSettings {
  /** `postgres`, or the address of a Redis. */
  readonly rateLimitStore: string;
  /** Of everything that comes from one address. */
  readonly rateLimitAddress: RateSetting | null;
  /** Of what comes from one address without credentials, or with wrong ones. */
  readonly rateLimitAnonymous: RateSetting | null;
  /** Of attempts to sign in from one address. */
  readonly rateLimitSignIn: RateSetting | null;
  /** Of what comes from one address by one share link. */
  readonly rateLimitShare: RateSetting | null;
  /** Of one user, whatever it signs in with. */
  readonly rateLimitUser: RateSetting | null;
  /** Of one access key or API key. */
  readonly rateLimitAccessKey: RateSetting | null;
  /** To one bucket, by whomever. */
  readonly rateLimitBucket: RateSetting | null;
}

export const rateLimitTable: SettingTable<RateLimitSettings> = {
  rateLimitStore: {
    variable: 'GRANARY_RATE_LIMIT_STORE',
    schema: z
      .string()
      .default('postgres')
      .refine(
        (text) => text === 'postgres' || ['redis:', 'rediss:'].includes(URL.parse(text)?.protocol ?? ''),
        'is neither postgres nor an address (redis: or rediss:)',
      ),
    example: 'redis://:secret@redis.example.com:6379/0',
  },
  rateLimitAddress: limit('ADDRESS', 'off'),
  rateLimitAnonymous: limit('ANONYMOUS', '6000/60'),
  rateLimitSignIn: limit('SIGN_IN', '300/60'),
  rateLimitShare: limit('SHARE', '600/60'),
  rateLimitUser: limit('USER', 'off'),
  rateLimitAccessKey: limit('ACCESS_KEY', 'off'),
  rateLimitBucket: limit('BUCKET', 'off'),
};

function limit(name: string, fallback: string): Setting<RateSetting | null> {
  return { variable: `GRANARY_RATE_LIMIT_${name}`, schema: requestRate(fallback), example: '600/60' };
}

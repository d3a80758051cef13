import { type Address, parseAddress } from '../../config/address-range.js';
import { parseTime } from './time.js';

/** What a request says under a condition key; undefined when it says nothing. */
export type ContextValue = string | readonly string[] | undefined;

/** Finds out what a request says under a key, as {@link canonicalKey} spells it. */
export type ContextSource = (key: string) => ContextValue;

/** How keys are compared: without regard to case, except the name of a tag behind the slash. */
export function canonicalKey(key: string): string {
  const slash = key.indexOf('/');
  return slash < 0 ? key.toLowerCase() : key.slice(0, slash).toLowerCase() + key.slice(slash);
}

/** The key without the name of a tag: `s3:existingobjecttag` of `s3:existingobjecttag/team`. */
export function keyFamily(canonical: string): string {
  const slash = canonical.indexOf('/');
  return slash < 0 ? canonical : canonical.slice(0, slash);
}

/** What is known of a caller from its credentials alone. */
const identityKeys = new Set([
  'aws:federatedprovider',
  'aws:multifactorauthage',
  'aws:multifactorauthpresent',
  'aws:principalaccount',
  'aws:principalarn',
  'aws:principaltag',
  'aws:sourceidentity',
  'aws:tokenissuetime',
  'aws:userid',
  'aws:username',
  'granary:canonicalid',
  's3:authtype',
  's3:signatureage',
  's3:signatureversion',
]);

/** The circumstances of one request. Nothing is found out before a policy asks, and nothing twice. */
export class PolicyContext {
  readonly #source: ContextSource;
  readonly #known = new Map<string, readonly string[] | undefined>();
  readonly #addresses = new Map<string, Address | undefined>();
  readonly #times = new Map<string, number | undefined>();
  #anonymous: PolicyContext | undefined;

  constructor(source: ContextSource) {
    this.#source = source;
  }

  /** The values under a key in its canonical form; undefined when there are none. */
  get(key: string): readonly string[] | undefined {
    const known = this.#known.get(key);
    if (known !== undefined || this.#known.has(key)) {
      return known;
    }
    const value = this.#source(key);
    const values = typeof value === 'string' ? [value] : value?.length === 0 ? undefined : value;
    this.#known.set(key, values);
    return values;
  }

  /** What a variable stands for: undefined when there is no value, or more than one. */
  single(key: string): string | undefined {
    const values = this.get(key);
    return values?.length === 1 ? values[0] : undefined;
  }

  /** The same request without what credentials say of its sender. */
  get asAnonymous(): PolicyContext {
    this.#anonymous ??= new PolicyContext((key) => {
      const family = keyFamily(key);
      return family === 'aws:principaltype' ? 'Anonymous' : identityKeys.has(family) ? undefined : this.#source(key);
    });
    return this.#anonymous;
  }

  /** An IP address, read once. */
  address(text: string): Address | undefined {
    return remember(this.#addresses, text, parseAddress);
  }

  /** A time in milliseconds, read once. */
  time(text: string): number | undefined {
    return remember(this.#times, text, parseTime);
  }
}

function remember<T>(known: Map<string, T | undefined>, text: string, read: (text: string) => T | undefined) {
  const value = known.get(text);
  if (value !== undefined || known.has(text)) {
    return value;
  }
  const fresh = read(text);
  known.set(text, fresh);
  return fresh;
}

import { isGranaryError } from '../errors.js';

/** Null instead of an error when there is no such thing. */
export async function orNull<Value>(work: Promise<Value>): Promise<Value | null> {
  try {
    return await work;
  } catch (error) {
    if (isGranaryError(error, 'NotFound')) {
      return null;
    }
    throw error;
  }
}

/** Null as well for what the caller may not see. */
export async function orHidden<Value>(work: Promise<Value>): Promise<Value | null> {
  try {
    return await work;
  } catch (error) {
    if (isGranaryError(error, 'Denied', 'NotFound')) {
      return null;
    }
    throw error;
  }
}

import { isBuiltinPolicy } from '../../auth/policy/builtin-policies.js';
import { type Policy, parsePolicy } from '../../auth/policy/parse-policy.js';
import { GranaryError } from '../../errors.js';

/** As AWS names policies and groups: https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreatePolicy.html */
const namePattern = /^[\w+=,.@-]{1,128}$/;

export function isEntityName(name: string): boolean {
  return namePattern.test(name);
}

export function validateEntityName(name: string, noun: string): void {
  if (!isEntityName(name)) {
    throw new GranaryError(
      'InvalidInput',
      `The name of a ${noun} has 1 to 128 characters: letters, digits and _ + = , . @ -`,
      { field: ['input', 'name'] },
    );
  }
}

/** A name for a tenant's own policy: what is built in cannot be hidden. */
export function validatePolicyName(name: string): void {
  validateEntityName(name, 'policy');
  if (isBuiltinPolicy(name)) {
    throw new GranaryError('Conflict', `The policy ${name} is built in.`, {
      reason: 'EntityAlreadyExists',
      field: ['input', 'name'],
    });
  }
}

/** A document that was given, as it is to be stored and as it is understood. */
export interface ReadDocument {
  readonly document: object;
  readonly policy: Policy;
}

/** Reads a document; the error says where in it, and under which input field. */
export function readDocument(
  given: string | object,
  { kind, name, field }: { kind: 'identity' | 'session' | 'trust'; name: string; field: string },
): ReadDocument {
  const policy = atField(['input', field], () => parsePolicy(given, { kind, name }));
  return { policy, document: typeof given === 'string' ? JSON.parse(given) : given };
}

/** Lets the error of a malformed policy name the input field, down to the place in the document. */
export function atField<T>(field: string[], read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof GranaryError) || error.field !== undefined) {
      throw error;
    }
    const { kind, message, reason, data } = error;
    const place = typeof data.place === 'string' ? placeSegments(data.place) : [];
    throw new GranaryError(kind, message, { reason, data, field: [...field, ...place], cause: error });
  }
}

/** `Statement[0].Condition.Bool["aws:SecureTransport"]`, segment by segment. */
function placeSegments(place: string): string[] {
  return [...place.matchAll(/\["([^"]*)"\]|\[(\d+)\]|([A-Za-z]+(?::[A-Za-z]+)?)(?=[.[]|$)/g)].map(
    ([, quoted, index, word]) => quoted ?? index ?? word ?? '',
  );
}

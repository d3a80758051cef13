import { GranaryError } from '../../errors.js';
import { type ReadDocument, readDocument } from '../policies/policy-input.js';
import { isRoleName } from './find-role.js';

/** Whoever asks for this one stays what it is, so that it can ask for less: there is no such role. */
export const SELF_ROLE = 'self';

const leastSession = 3600;
const mostSession = 43_200;

export function validateRoleName(name: string): void {
  if (!isRoleName(name)) {
    throw invalid('The name of a role has 1 to 64 characters: letters, digits and _ + = , . @ -', 'name');
  }
  if (name === SELF_ROLE) {
    throw invalid(`The name ${SELF_ROLE} stands for whoever asks.`, 'name');
  }
}

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html : from one hour to twelve. */
export function validateSessionLength(seconds: number): void {
  if (!Number.isInteger(seconds) || seconds < leastSession || seconds > mostSession) {
    throw invalid(`The longest session of a role has ${leastSession} to ${mostSession} seconds.`, 'maxSessionSeconds');
  }
}

/** Reads who may assume a role. */
export function readTrustPolicy(given: string | object): ReadDocument {
  return readDocument(given, { kind: 'trust', name: 'trust policy', field: 'trustPolicy' });
}

function invalid(message: string, field: string): GranaryError {
  return new GranaryError('InvalidInput', message, { field: ['input', field] });
}

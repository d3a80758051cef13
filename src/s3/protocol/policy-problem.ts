import { GranaryError } from '../../errors.js';
import { s3Error } from './s3-error.js';
import { shownValue } from './shown-value.js';

/** What S3 says of each part of a policy: where it is missing, and where it is wrong. */
const parts: readonly [name: string, wrong: string][] = [
  ['Principal', 'Invalid principal in policy'],
  ['Action', 'Policy has invalid action'],
  ['Resource', 'Policy has invalid resource'],
];

/** A policy's error as S3 words it, with the place in the document as its detail; other errors as they are. */
export function inWordsOfS3(error: unknown, policy: string): unknown {
  if (!(error instanceof GranaryError) || error.reason !== 'MalformedPolicy') {
    return error;
  }
  const { place } = error.data;
  const words = typeof place === 'string' ? wordsFor(place, error.message, policy) : wordsForText(policy);
  return words === undefined ? error : s3Error('MalformedPolicy', words, { Detail: error.message });
}

function wordsForText(policy: string): string {
  return policy.trimStart().startsWith('{')
    ? 'This policy contains invalid Json'
    : "Policies must be valid JSON and the first byte must be '{'";
}

function wordsFor(place: string, message: string, policy: string): string | undefined {
  const isMissing = message.endsWith(' is missing.');
  const [, index, element = place] = /^Statement\[(\d+)\]\.(\w+)/.exec(place) ?? [];
  if (isMissing) {
    return `Missing required field ${element}`;
  }
  switch (element) {
    case 'the document':
      return message.endsWith('must be an object.') ? wordsForText(policy) : undefined;
    case 'Version':
      return 'The policy must contain a valid version string';
    case 'Statement':
      return message.endsWith('must not be empty.') ? 'Could not parse the policy: Statement is empty!' : undefined;
    case 'Effect':
      return effectWords(policy, Number(index ?? 0));
    case 'Condition':
      return conditionWords(place, message);
    default:
      return parts.find(([name]) => element === name || element === `Not${name}`)?.[1];
  }
}

function effectWords(policy: string, index: number): string {
  const statements: { Effect?: unknown }[] = [JSON.parse(policy).Statement].flat();
  const effect = statements[index]?.Effect;
  return effect === undefined ? 'Missing required field Effect' : `Invalid effect: ${shownValue(effect)}`;
}

function conditionWords(place: string, message: string): string | undefined {
  if (message.endsWith(' is not an operator.')) {
    return `Invalid Condition type : ${place.replace(/^.*?\.Condition\./, '')}`;
  }
  if (message.endsWith(' is not a condition key.')) {
    return 'Policy has an invalid condition key';
  }
  return message.includes('must be an IP address') ? 'Invalid IP address in Conditions' : undefined;
}

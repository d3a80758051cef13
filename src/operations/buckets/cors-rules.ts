import { GranaryError } from '../../errors.js';

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_CORSRule.html */
export interface CorsRule {
  id?: string;
  /** `*` may stand once in each, for any run of characters; so also in the headers. */
  allowedOrigins: string[];
  allowedMethods: CorsMethod[];
  allowedHeaders: string[];
  exposeHeaders: string[];
  maxAgeSeconds?: number;
}

/** What pages of other origins may be let do. */
export const corsMethods = ['GET', 'PUT', 'HEAD', 'POST', 'DELETE'] as const;
export type CorsMethod = (typeof corsMethods)[number];

const most = { rules: 100, id: 255, seconds: 2 ** 31 - 1 };

/** What a browser asks for on behalf of a page. */
export interface CorsQuestion {
  origin: string;
  method: string;
  /** The headers that the page wants to send; what it may read needs none. */
  headers: readonly string[];
}

/** The first rule that allows it, and the origin to name. */
export interface CorsMatch {
  rule: CorsRule;
  /** `*` where the rule is for everyone. */
  origin: string;
}

/** The rules' answer; undefined when none of them allows it. */
export function matchCors(rules: readonly CorsRule[], question: CorsQuestion): CorsMatch | undefined {
  for (const rule of rules) {
    const origin = rule.allowedOrigins.find((pattern) => fits(pattern, question.origin));
    const isAllowed =
      origin !== undefined &&
      rule.allowedMethods.some((method) => method === question.method) &&
      question.headers.every((header) =>
        rule.allowedHeaders.some((pattern) => fits(pattern.toLowerCase(), header.toLowerCase())),
      );
    if (isAllowed) {
      return { rule, origin: origin === '*' ? '*' : question.origin };
    }
  }
  return undefined;
}

/**
 * The rules when they are sound.
 * @throws GranaryError InvalidInput, whose field leads to what is wrong.
 */
export function validCors(rules: readonly CorsRule[]): CorsRule[] {
  if (rules.length === 0) {
    throw invalid([], 'MalformedXML', 'A CORS configuration has at least one rule.');
  }
  if (rules.length > most.rules) {
    throw invalid(
      [],
      'InvalidRequest',
      `The number of CORS rules should not exceed allowed limit of ${most.rules} rules.`,
    );
  }
  rules.forEach(checkRule);
  return [...rules];
}

function checkRule(rule: CorsRule, index: number): void {
  const refuse = (field: keyof CorsRule, message: string) => invalid([String(index), field], 'InvalidRequest', message);
  if (rule.id !== undefined && (rule.id.length > most.id || hasControls(rule.id))) {
    throw refuse('id', `The ID of a CORS rule has at most ${most.id} characters.`);
  }
  const unknown = rule.allowedMethods.find((method) => !corsMethods.includes(method));
  if (unknown !== undefined) {
    throw refuse('allowedMethods', `Found unsupported HTTP method in CORS config. Unsupported method is ${unknown}`);
  }
  if (rule.allowedMethods.length === 0 || rule.allowedOrigins.length === 0) {
    throw invalid([String(index)], 'MalformedXML', 'A CORS rule has at least one origin and one method.');
  }
  for (const [field, name] of [
    ['allowedOrigins', 'AllowedOrigin'],
    ['allowedHeaders', 'AllowedHeader'],
  ] as const) {
    const wild = rule[field].find((pattern) => pattern.split('*').length > 2);
    if (wild !== undefined) {
      throw refuse(field, `${name} "${wild}" can not have more than one wildcard.`);
    }
    if (rule[field].some((pattern) => pattern === '' || hasControls(pattern))) {
      throw refuse(field, `An ${name} is text of one line that is not empty.`);
    }
  }
  const strange = [...rule.allowedHeaders, ...rule.exposeHeaders].find((header) => !isHeaderName(header));
  if (strange !== undefined) {
    throw refuse('allowedHeaders', `AllowedHeader "${strange}" contains invalid character.`);
  }
  const exposed = rule.exposeHeaders.find((header) => header.includes('*'));
  if (exposed !== undefined) {
    throw refuse(
      'exposeHeaders',
      `ExposeHeader "${exposed}" contains wildcard. We currently do not support wildcard for ExposeHeader.`,
    );
  }
  const { maxAgeSeconds = 0 } = rule;
  // Below zero is as zero to browsers, and AWS takes it.
  if (!Number.isInteger(maxAgeSeconds) || Math.abs(maxAgeSeconds) > most.seconds) {
    throw refuse('maxAgeSeconds', 'MaxAgeSeconds is a whole number.');
  }
}

function fits(pattern: string, text: string): boolean {
  const star = pattern.indexOf('*');
  if (star < 0) {
    return pattern === text;
  }
  const [before, after] = [pattern.slice(0, star), pattern.slice(star + 1)];
  return text.length >= before.length + after.length && text.startsWith(before) && text.endsWith(after);
}

/** https://www.rfc-editor.org/rfc/rfc9110#name-tokens */
export function isHeaderName(text: string): boolean {
  return /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/.test(text);
}

function hasControls(text: string): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these would break the header that it becomes
  return /[\x00-\x1f\x7f]/.test(text) || !text.isWellFormed();
}

function invalid(place: string[], reason: string, message: string): GranaryError {
  return new GranaryError('InvalidInput', message, { reason, field: ['rules', ...place] });
}

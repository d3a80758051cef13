import { GranaryError } from '../../errors.js';

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_WebsiteConfiguration.html */
export interface WebsiteConfiguration {
  /** All requests go elsewhere; then there is nothing else. */
  redirectAll?: { hostName: string; protocol?: Protocol };
  /** The name of the document that stands for a folder. */
  indexSuffix?: string;
  /** The key of the document that is shown for errors. */
  errorKey?: string;
  routingRules: RoutingRule[];
}

export type Protocol = 'http' | 'https';

export interface RoutingRule {
  keyPrefix?: string;
  /** The status that would be answered. */
  errorCode?: number;
  redirect: {
    hostName?: string;
    protocol?: Protocol;
    replaceKeyPrefix?: string;
    replaceKey?: string;
    /** 301 when absent. */
    statusCode?: number;
  };
}

const maxRules = 50;
const redirectCodes = [300, 301, 302, 303, 305, 307, 308];

/** Where a request is sent instead; the parts that are absent stay as they are. */
export interface SiteRedirect {
  hostName: string | undefined;
  protocol: Protocol | undefined;
  key: string;
  statusCode: number;
}

/** What the configuration sends elsewhere, before (`undefined`) or after an answer was found to have this status. */
export function redirectOf(
  { redirectAll, routingRules }: WebsiteConfiguration,
  { key, status }: { key: string; status: number | undefined },
): SiteRedirect | undefined {
  if (redirectAll !== undefined) {
    return { hostName: redirectAll.hostName, protocol: redirectAll.protocol, key, statusCode: 301 };
  }
  const rule = routingRules.find(
    ({ keyPrefix, errorCode }) => key.startsWith(keyPrefix ?? '') && (errorCode === undefined || errorCode === status),
  );
  if (rule === undefined) {
    return undefined;
  }
  const { hostName, protocol, replaceKey, replaceKeyPrefix, statusCode = 301 } = rule.redirect;
  const replaced = replaceKeyPrefix === undefined ? key : replaceKeyPrefix + key.slice((rule.keyPrefix ?? '').length);
  return { hostName, protocol, key: replaceKey ?? replaced, statusCode };
}

/**
 * The configuration when it is sound.
 * @throws GranaryError InvalidInput, whose field leads to what is wrong.
 */
export function validWebsite(website: WebsiteConfiguration): WebsiteConfiguration {
  const { redirectAll, indexSuffix, errorKey, routingRules } = website;
  if (redirectAll !== undefined) {
    require(indexSuffix === undefined && errorKey === undefined && routingRules.length === 0, [
      'redirectAll',
    ], 'RedirectAllRequestsTo cannot be provided in conjunction with other Routing Rules.');
    require(isHost(redirectAll.hostName), ['redirectAll', 'hostName'], 'The host name is not one.');
    return website;
  }
  require(indexSuffix !== undefined && indexSuffix !== '' && !indexSuffix.includes('/') && isLine(indexSuffix), [
    'indexSuffix',
  ], 'The IndexDocument Suffix is not well formed');
  require(errorKey === undefined || (errorKey !== '' && isLine(errorKey)), [
    'errorKey',
  ], 'The ErrorDocument Key is not well formed');
  require(routingRules.length <= maxRules, [
    'routingRules',
  ], `The number of routing rules must not exceed ${maxRules}.`);
  routingRules.forEach(checkRule);
  return website;
}

function checkRule({ redirect, errorCode }: RoutingRule, index: number): void {
  const place = ['routingRules', String(index)];
  const { hostName, replaceKey, replaceKeyPrefix, statusCode } = redirect;
  require(Object.values(redirect).some((value) => value !== undefined), place, 'A redirect must say where to.');
  require(replaceKey === undefined ||
    replaceKeyPrefix === undefined, place, 'You can only define ReplaceKeyPrefix or ReplaceKey but not both.');
  require(hostName === undefined || isHost(hostName), place, 'The host name is not one.');
  require(isLine(replaceKey ?? '') && isLine(replaceKeyPrefix ?? ''), place, 'A key must be one line.');
  require(statusCode === undefined ||
    redirectCodes.includes(
      statusCode,
    ), place, `The provided HTTP redirect code (${statusCode}) is not valid. Valid codes are 3XX except 304.`);
  require(errorCode === undefined ||
    (Number.isInteger(errorCode) &&
      errorCode >= 400 &&
      errorCode <=
        599), place, `The provided HTTP error code (${errorCode}) is not valid. Valid codes are 4XX or 5XX.`);
}

function require(condition: boolean, field: string[], message: string): void {
  if (!condition) {
    throw new GranaryError('InvalidInput', message, { reason: 'InvalidArgument', field: ['website', ...field] });
  }
}

function isHost(name: string): boolean {
  return /^[A-Za-z0-9.-]{1,253}(:\d{1,5})?$/.test(name);
}

function isLine(text: string): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these would break the header that it becomes
  return text.isWellFormed() && text.length <= 1024 && !/[\x00-\x1f\x7f]/.test(text);
}

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
const redirectCodes = new Set([301, 302, 303, 304, 305, 307, 308]);
/** The errors that HTTP/1.1 had, as in AWS. */
const isErrorCode = (code: number) => (code >= 400 && code <= 417) || (code >= 500 && code <= 505);

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
    require(indexSuffix === undefined && errorKey === undefined && routingRules.length === 0, {
      field: ['redirectAll'],
      reason: 'MalformedXML',
      message: 'RedirectAllRequestsTo cannot be provided in conjunction with other Routing Rules.',
    });
    require(isHost(redirectAll.hostName), { field: ['redirectAll', 'hostName'], message: 'The host name is not one.' });
    return website;
  }
  require(indexSuffix !== undefined && indexSuffix !== '' && !indexSuffix.includes('/') && isLine(indexSuffix), {
    field: ['indexSuffix'],
    message: 'The IndexDocument Suffix is not well formed',
    data: { ArgumentName: 'IndexDocument', ArgumentValue: indexSuffix ?? '' },
  });
  require(errorKey === undefined || (errorKey !== '' && isLine(errorKey)), {
    field: ['errorKey'],
    message: 'The ErrorDocument Key is not well formed',
    data: { ArgumentName: 'ErrorDocument', ArgumentValue: errorKey ?? '' },
  });
  require(routingRules.length <= maxRules, {
    field: ['routingRules'],
    reason: 'InvalidRequest',
    message: `${routingRules.length} routing rules provided, the number of routing rules in a website configuration is limited to ${maxRules}.`,
  });
  routingRules.forEach(checkRule);
  return website;
}

function checkRule({ redirect, errorCode }: RoutingRule, index: number): void {
  const field = ['routingRules', String(index)];
  const { hostName, replaceKey, replaceKeyPrefix, statusCode } = redirect;
  require(Object.values(redirect).some((value) => value !== undefined), {
    field,
    reason: 'MalformedXML',
    message: 'A redirect must say where to.',
  });
  require(replaceKey === undefined || replaceKeyPrefix === undefined, {
    field,
    reason: 'InvalidRequest',
    message: 'You can only define ReplaceKeyPrefix or ReplaceKey but not both.',
  });
  require(hostName === undefined || isHost(hostName), { field, message: 'The host name is not one.' });
  require(isLine(replaceKey ?? '') && isLine(replaceKeyPrefix ?? ''), { field, message: 'A key must be one line.' });
  require(statusCode === undefined || redirectCodes.has(statusCode), {
    field,
    reason: 'InvalidRequest',
    message: `The provided HTTP redirect code (${statusCode}) is not valid. Valid codes are 3XX except 300.`,
  });
  require(errorCode === undefined || isErrorCode(errorCode), {
    field,
    reason: 'InvalidRequest',
    message: `The provided HTTP error code (${errorCode}) is not valid. Valid codes are 4XX or 5XX.`,
  });
}

interface Fault {
  field: string[];
  message: string;
  /** The code of S3; InvalidArgument when absent. */
  reason?: string;
  data?: Record<string, string>;
}

function require(condition: boolean, { field, message, reason = 'InvalidArgument', data = {} }: Fault): void {
  if (!condition) {
    throw new GranaryError('InvalidInput', message, { reason, field: ['website', ...field], data });
  }
}

function isHost(name: string): boolean {
  return /^[A-Za-z0-9.-]{1,253}(:\d{1,5})?$/.test(name);
}

function isLine(text: string): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these would break the header that it becomes
  return text.isWellFormed() && text.length <= 1024 && !/[\x00-\x1f\x7f]/.test(text);
}

import type { Protocol, RoutingRule, WebsiteConfiguration } from '../../operations/buckets/website.js';
import { s3Error } from './s3-error.js';
import { parseXml, type XmlElement } from './xml-reader.js';
import { element, s3Document, type Xml } from './xml-writer.js';

/** The document of https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketWebsite.html */
export function parseWebsite(body: Buffer): WebsiteConfiguration {
  const root = parseXml(body, 'WebsiteConfiguration');
  const [redirectAll] = root.children('RedirectAllRequestsTo');
  const [index] = root.children('IndexDocument');
  const [error] = root.children('ErrorDocument');
  const rules = root.children('RoutingRules').flatMap((list) => list.children('RoutingRule'));
  const protocol = redirectAll && protocolOf(redirectAll);
  return {
    ...(redirectAll === undefined
      ? {}
      : { redirectAll: { hostName: redirectAll.requiredText('HostName'), ...(protocol && { protocol }) } }),
    ...(index === undefined ? {} : { indexSuffix: index.text('Suffix') ?? '' }),
    ...(error === undefined ? {} : { errorKey: error.text('Key') ?? '' }),
    routingRules: rules.map(parseRule),
  };
}

/** The answer to GetBucketWebsite. */
export function formatWebsite({ redirectAll, indexSuffix, errorKey, routingRules }: WebsiteConfiguration): string {
  return s3Document('WebsiteConfiguration', [
    redirectAll &&
      element('RedirectAllRequestsTo', [
        element('HostName', redirectAll.hostName),
        element('Protocol', redirectAll.protocol),
      ]),
    indexSuffix === undefined ? undefined : element('IndexDocument', [element('Suffix', indexSuffix)]),
    errorKey === undefined ? undefined : element('ErrorDocument', [element('Key', errorKey)]),
    routingRules.length === 0 ? undefined : element('RoutingRules', routingRules.map(ruleElement)),
  ]);
}

function parseRule(rule: XmlElement): RoutingRule {
  const [condition] = rule.children('Condition');
  const [redirect] = rule.children('Redirect');
  if (redirect === undefined || condition?.names().length === 0) {
    throw s3Error('MalformedXML');
  }
  const keyPrefix = condition?.text('KeyPrefixEquals');
  const errorCode = numberOf(condition?.text('HttpErrorCodeReturnedEquals'));
  const statusCode = numberOf(redirect.text('HttpRedirectCode'));
  const hostName = redirect.text('HostName')?.trim();
  const replaceKey = redirect.text('ReplaceKeyWith');
  const replaceKeyPrefix = redirect.text('ReplaceKeyPrefixWith');
  const protocol = protocolOf(redirect);
  return {
    ...(keyPrefix === undefined ? {} : { keyPrefix }),
    ...(errorCode === undefined ? {} : { errorCode }),
    redirect: {
      ...(hostName === undefined ? {} : { hostName }),
      ...(protocol === undefined ? {} : { protocol }),
      ...(replaceKey === undefined ? {} : { replaceKey }),
      ...(replaceKeyPrefix === undefined ? {} : { replaceKeyPrefix }),
      ...(statusCode === undefined ? {} : { statusCode }),
    },
  };
}

function ruleElement({ keyPrefix, errorCode, redirect }: RoutingRule): Xml | undefined {
  const hasCondition = keyPrefix !== undefined || errorCode !== undefined;
  return element('RoutingRule', [
    hasCondition
      ? element('Condition', [element('HttpErrorCodeReturnedEquals', errorCode), element('KeyPrefixEquals', keyPrefix)])
      : undefined,
    element('Redirect', [
      element('HostName', redirect.hostName),
      element('HttpRedirectCode', redirect.statusCode),
      element('Protocol', redirect.protocol),
      element('ReplaceKeyPrefixWith', redirect.replaceKeyPrefix),
      element('ReplaceKeyWith', redirect.replaceKey),
    ]),
  ]);
}

function protocolOf(parent: XmlElement): Protocol | undefined {
  const text = parent.text('Protocol')?.trim();
  if (text === undefined || text === 'http' || text === 'https') {
    return text;
  }
  throw s3Error(
    'InvalidRequest',
    'Invalid protocol, protocol can be http or https. If not defined the protocol will be selected automatically.',
  );
}

function numberOf(text: string | undefined): number | undefined {
  if (text === undefined) {
    return undefined;
  }
  if (!/^\d{3}$/.test(text.trim())) {
    throw s3Error('MalformedXML');
  }
  return Number(text);
}

import { STATUS_CODES } from 'node:http';
import { GranaryError } from '../errors.js';
import { resolveBucket } from '../operations/access/authorize.js';
import { noWebsite } from '../operations/buckets/set-bucket-website.js';
import { redirectOf, type SiteRedirect, type WebsiteConfiguration } from '../operations/buckets/website.js';
import { type Answer, bucketAddress, type Exchange, type S3Request } from './exchange.js';
import { getObject } from './operations/get-object.js';
import { headObject } from './operations/head-object.js';
import { hostId } from './protocol/request-id.js';
import { s3Error, toS3Failure } from './protocol/s3-error.js';
import { urlEncodeKey } from './protocol/uri-encoding.js';
import { escapeXml } from './protocol/xml-writer.js';

/**
 * Answers a browser on a bucket's website: pages for people, by the anonymous visitor's rights.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/WebsiteEndpoints.html
 */
export async function serveWebsite(exchange: Exchange): Promise<Answer> {
  const { method } = exchange.request;
  return withErrorPage(exchange.request, async () => {
    if (method !== 'GET' && method !== 'HEAD') {
      throw s3Error('MethodNotAllowed', undefined, { Method: method });
    }
    const { configuration, name } = await resolveBucket(exchange.context, bucketAddress(exchange));
    if (configuration.website === undefined) {
      throw noWebsite(name);
    }
    return servePage(exchange, configuration.website);
  });
}

/** Runs what answers a browser on a website, and makes a page of what it throws. */
export async function withErrorPage(request: S3Request, work: () => Promise<Answer>): Promise<Answer> {
  try {
    return await work();
  } catch (error) {
    return errorPage(request, error);
  }
}

async function servePage(exchange: Exchange, website: WebsiteConfiguration): Promise<Answer> {
  const { key } = exchange.request.resource;
  const early = redirectOf(website, { key, status: undefined });
  if (early !== undefined) {
    return redirectTo(exchange, early);
  }
  const index = website.indexSuffix ?? '';
  try {
    return await read(exchange, key === '' || key.endsWith('/') ? key + index : key);
  } catch (error) {
    if (toS3Failure(error).status < 400) {
      throw error;
    }
    if (key !== '' && !key.endsWith('/') && (await exists(exchange, `${key}/${index}`))) {
      return { status: 302, headers: ['Location', `/${urlEncodeKey(key)}/`] };
    }
    return serveError(exchange, website, error);
  }
}

async function serveError(exchange: Exchange, website: WebsiteConfiguration, error: unknown): Promise<Answer> {
  const { status, code, message } = toS3Failure(error);
  if (status < 400 || !(error instanceof GranaryError)) {
    throw error;
  }
  const late = redirectOf(website, { key: exchange.request.resource.key, status });
  if (late !== undefined) {
    return redirectTo(exchange, late);
  }
  const answer =
    website.errorKey === undefined ? undefined : await read(exchange, website.errorKey).catch(() => undefined);
  return answer === undefined
    ? errorPage(exchange.request, error)
    : { ...answer, status, headers: [...answer.headers, ...errorHeaders(code, message)] };
}

/** An object as a page; one that has a redirect location sends the browser there. */
async function read(exchange: Exchange, key: string): Promise<Answer> {
  const { request } = exchange;
  const page = { ...exchange, request: { ...request, resource: { ...request.resource, key } } };
  const answer = await (request.method === 'HEAD' ? headObject(page) : getObject(page));
  const at = answer.headers.indexOf('x-amz-website-redirect-location');
  const location = at < 0 ? undefined : answer.headers[at + 1];
  return location === undefined ? answer : { status: 301, headers: ['Location', location] };
}

async function exists(exchange: Exchange, key: string): Promise<boolean> {
  const { request } = exchange;
  try {
    await headObject({ ...exchange, request: { ...request, resource: { ...request.resource, key } } });
    return true;
  } catch (error) {
    if (error instanceof GranaryError) {
      return false;
    }
    throw error;
  }
}

function redirectTo({ request }: Exchange, { hostName, protocol, key, statusCode }: SiteRedirect): Answer {
  const asked = request.message.url ?? '';
  const question = asked.indexOf('?');
  const path = `/${urlEncodeKey(key)}${question < 0 ? '' : asked.slice(question)}`;
  const host = hostName ?? request.headers.values.host ?? '';
  // Without a protocol the browser keeps its own, which a proxy may have made another than ours.
  const location = protocol === undefined ? `//${host}${path}` : `${protocol}://${host}${path}`;
  return {
    status: statusCode,
    headers: ['Location', hostName === undefined && protocol === undefined ? path : location],
  };
}

/** What S3 shows on its websites: the error's document as a page. */
function errorPage(request: S3Request, error: unknown): Answer {
  const { status, code, message, fields } = toS3Failure(error);
  if (code === 'InternalError' || status < 400) {
    throw error;
  }
  const title = `${status} ${STATUS_CODES[status] ?? code}`;
  const facts = [['Code', code], ['Message', message], ...fields, ['RequestId', request.id], ['HostId', hostId]];
  const lines = facts.map(([name = '', value = '']) => `<li>${escapeXml(name)}: ${escapeXml(value)}</li>\n`).join('');
  const body = `<!DOCTYPE html>\n<html>\n<head><title>${title}</title></head>\n<body>\n<h1>${title}</h1>\n<ul>\n${lines}</ul>\n<hr/>\n</body>\n</html>\n`;
  return { status, headers: ['Content-Type', 'text/html; charset=utf-8', ...errorHeaders(code, message)], body };
}

function errorHeaders(code: string, message: string): string[] {
  // What is no visible ASCII would break the header.
  return ['x-amz-error-code', code, 'x-amz-error-message', message.replace(/[^\x20-\x7e]/g, '?')];
}

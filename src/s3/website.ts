import { GranaryError } from '../errors.js';
import { resolveBucket } from '../operations/access/authorize.js';
import { noWebsite } from '../operations/buckets/set-bucket-website.js';
import { redirectOf, type SiteRedirect, type WebsiteConfiguration } from '../operations/buckets/website.js';
import { type Answer, bucketAddress, type Exchange } from './exchange.js';
import { getObject } from './operations/get-object.js';
import { headObject } from './operations/head-object.js';
import { s3Error, toS3Failure } from './protocol/s3-error.js';
import { urlEncodeKey } from './protocol/uri-encoding.js';
import { escapeXml } from './protocol/xml-writer.js';

/**
 * Answers a browser on a bucket's website: pages for people, by the anonymous visitor's rights.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/WebsiteEndpoints.html
 */
export async function serveWebsite(exchange: Exchange): Promise<Answer> {
  const { method } = exchange.request;
  try {
    if (method !== 'GET' && method !== 'HEAD') {
      throw s3Error('MethodNotAllowed', undefined, { Method: method });
    }
    const { configuration, name } = await resolveBucket(exchange.context, bucketAddress(exchange));
    if (configuration.website === undefined) {
      throw noWebsite(name);
    }
    return await servePage(exchange, configuration.website);
  } catch (error) {
    return errorPage(error);
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
  const { status, code } = toS3Failure(error);
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
    ? errorPage(error)
    : { ...answer, status, headers: [...answer.headers, 'x-amz-error-code', code] };
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
  const path = `/${urlEncodeKey(key)}`;
  const host = hostName ?? request.headers.values.host ?? '';
  // Without a protocol the browser keeps its own, which a proxy may have made another than ours.
  const location = protocol === undefined ? `//${host}${path}` : `${protocol}://${host}${path}`;
  return {
    status: statusCode,
    headers: ['Location', hostName === undefined && protocol === undefined ? path : location],
  };
}

function errorPage(error: unknown): Answer {
  const { status, code, message } = toS3Failure(error);
  if (code === 'InternalError' || status < 400) {
    throw error;
  }
  const title = `${status} ${code}`;
  const body = `<!DOCTYPE html>\n<html><head><title>${title}</title></head><body><h1>${title}</h1><p>${escapeXml(message)}</p></body></html>\n`;
  return { status, headers: ['Content-Type', 'text/html; charset=utf-8', 'x-amz-error-code', code], body };
}

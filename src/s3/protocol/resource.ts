import { s3Error } from './s3-error.js';
import { percentDecode } from './uri-encoding.js';

/** It is there from the first start. */
const firstTenant = 'default';

/** What a request's path names: nothing (the service), a bucket, or an object in it. */
export interface Resource {
  tenant?: string;
  /** Empty for the service itself. */
  bucket: string;
  /** Empty for the bucket itself. */
  key: string;
}

/**
 * Reads a raw path; with a bucket from the host, all of it is the key. Nothing is normalized: dots, empty segments and
 * encoded slashes are letters of the key, decoded once. A bucket of another tenant is written `tenant:bucket`.
 */
export function parseResource(path: string, ofHost?: HostBucket): Resource {
  if (path.charCodeAt(0) !== 0x2f) {
    throw s3Error('InvalidURI');
  }
  if (ofHost !== undefined) {
    return { ...ofHost, key: percentDecode(path.slice(1)) };
  }
  const slash = path.indexOf('/', 1);
  const bucket = slash < 0 ? path.slice(1) : path.slice(1, slash);
  if (bucket === '' && slash > 0) {
    throw s3Error('InvalidBucketName');
  }
  return { ...parseBucket(percentDecode(bucket)), key: slash < 0 ? '' : percentDecode(path.slice(slash + 1)) };
}

/**
 * Splits `tenant:bucket`; without a colon the name is the caller's own tenant's, and with nothing before it the first
 * tenant's.
 */
export function parseBucket(name: string): { tenant?: string; bucket: string } {
  const colon = name.indexOf(':');
  return colon < 0 ? { bucket: name } : { tenant: name.slice(0, colon) || firstTenant, bucket: name.slice(colon + 1) };
}

/** The bucket that a host name stands for; without a tenant it is the caller's own, or of who has none the default's. */
export type HostBucket = Pick<Resource, 'tenant' | 'bucket'>;

/**
 * The bucket that a Host header names below one of the domains (virtual-hosted style,
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/VirtualHosting.html); undefined when the path has it. Below a
 * domain that is written `*.domain`, the label before it is a tenant, and its buckets stand below that.
 */
export function bucketOfHost(host: string | undefined, domains: readonly string[]): HostBucket | undefined {
  if (host === undefined || domains.length === 0) {
    return undefined;
  }
  const name = host.toLowerCase().replace(/:\d*$/, '');
  if (domains.includes(name)) {
    return undefined;
  }
  for (const domain of domains) {
    const found = domain.startsWith('*.') ? belowTenants(name, domain.slice(1)) : below(name, `.${domain}`);
    if (found !== undefined) {
      return found;
    }
  }
  return undefined;
}

function below(name: string, suffix: string): HostBucket | undefined {
  return name.endsWith(suffix) ? { bucket: name.slice(0, -suffix.length) } : undefined;
}

/** Names of tenants have no dots, those of buckets may. */
function belowTenants(name: string, suffix: string): HostBucket | undefined {
  const rest = below(name, suffix)?.bucket ?? '';
  const dot = rest.lastIndexOf('.');
  return dot <= 0 || dot === rest.length - 1 ? undefined : { bucket: rest.slice(0, dot), tenant: rest.slice(dot + 1) };
}

import { resolve } from 'node:path';
import { z } from 'zod';

/** Where the blobs of a store lie. Prefixes have no slash at either end. */
export type StoreAddress =
  | { kind: 'file'; root: string }
  | { kind: 's3'; bucket: string; prefix: string; endpoint?: string; region?: string; pathStyle: boolean }
  | { kind: 'azure'; account: string; container: string; prefix: string; endpoint?: string }
  | { kind: 'gs'; bucket: string; prefix: string; endpoint?: string };

/** A place for blobs, by its name. */
export interface StoreSetting {
  readonly name: string;
  readonly address: StoreAddress;
}

/** An access key (Azure: an account and its key), where the SDK's own chain of credentials is not to be asked. */
export interface StoreCredentials {
  readonly id: string;
  readonly secret: string;
}

/** `quarantine` is where remote stores put strays. */
const RESERVED_NAMES = new Set(['quarantine']);
const STORE_NAME = /^[a-z][a-z0-9-]{0,30}$/;
const OPTIONS: Record<StoreAddress['kind'], ReadonlySet<string>> = {
  file: new Set(),
  s3: new Set(['endpoint', 'region', 'pathStyle']),
  azure: new Set(['endpoint']),
  gs: new Set(['endpoint']),
};
/** https://learn.microsoft.com/azure/storage/common/storage-account-overview */
const ACCOUNT = /^[a-z0-9]{3,24}$/;
/** https://learn.microsoft.com/rest/api/storageservices/naming-and-referencing-containers--blobs--and-metadata */
const CONTAINER = /^[a-z0-9](?:-?[a-z0-9]){2,62}$/;
const BUCKET = /^[A-Za-z0-9][A-Za-z0-9._-]{1,221}$/;
const PREFIX = /^(?:[A-Za-z0-9._=-]+(?:\/[A-Za-z0-9._=-]+)*)?$/;

/** `name=address`, separated by spaces or commas; a comma in an address is written `%2C`. */
export function storeList(): z.ZodType<readonly StoreSetting[], string | undefined> {
  return z
    .string()
    .default('')
    .transform((text, context) => {
      try {
        return parseStores(text);
      } catch (error) {
        context.addIssue({ code: 'custom', message: problemOf(error) });
        return z.NEVER;
      }
    });
}

/** `name=id:secret`, separated by spaces or commas. */
export function storeCredentialList(): z.ZodType<ReadonlyMap<string, StoreCredentials>, string | undefined> {
  return z
    .string()
    .default('')
    .transform((text, context) => {
      const all = new Map<string, StoreCredentials>();
      for (const item of items(text)) {
        const [, name = '', id = '', secret = ''] = /^([a-z][a-z0-9-]{0,30})=([^:]+):(.+)$/.exec(item) ?? [];
        if (secret === '' || all.has(name)) {
          context.addIssue({ code: 'custom', message: 'is not a list of name=id:secret, each name once' });
          return z.NEVER;
        }
        all.set(name, { id, secret });
      }
      return all;
    });
}

class AddressProblem {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

function problemOf(error: unknown): string {
  if (error instanceof AddressProblem) return error.text;
  throw error;
}

function parseStores(text: string): StoreSetting[] {
  const stores: StoreSetting[] = [];
  for (const item of items(text)) {
    const [name = '', ...rest] = item.split('=');
    if (!STORE_NAME.test(name)) {
      throw new AddressProblem('has a name that is not 1 to 31 lower-case letters, digits or -');
    }
    if (RESERVED_NAMES.has(name)) throw new AddressProblem(`has the reserved name ${name}`);
    if (stores.some((store) => store.name === name)) throw new AddressProblem(`has the store ${name} twice`);
    const store = { name, address: parseAddress(name, rest.join('=')) };
    const other = stores.find(({ address }) => overlap(address, store.address));
    if (other) throw new AddressProblem(`has the stores ${other.name} and ${name} at one place`);
    stores.push(store);
  }
  return stores;
}

function items(text: string): string[] {
  return text.split(/[\s,]+/).filter((item) => item !== '');
}

function parseAddress(name: string, text: string): StoreAddress {
  const url = URL.parse(text);
  const refuse = (problem: string) => new AddressProblem(`${problem} in the address of the store ${name}`);
  if (url === null) throw refuse('has no file, s3, azure or gs address');
  // What is before an @ would be shown wherever the address is.
  if (url.username !== '' || url.password !== '') throw refuse('has user info');
  const kind = url.protocol.slice(0, -1);
  if (!isKind(kind)) throw refuse('has an unknown scheme');
  for (const option of url.searchParams.keys()) {
    if (!OPTIONS[kind].has(option)) throw refuse('has an unknown option');
  }
  if (url.hash !== '') throw refuse('has a #');
  switch (kind) {
    case 'file':
      return fileAddress(url, refuse);
    case 's3':
      return s3Address(url, refuse);
    case 'azure':
      return azureAddress(url, refuse);
    case 'gs':
      return gsAddress(url, refuse);
    default:
      return kind satisfies never;
  }
}

function isKind(scheme: string): scheme is StoreAddress['kind'] {
  return Object.hasOwn(OPTIONS, scheme);
}

type Refuse = (problem: string) => AddressProblem;

function fileAddress(url: URL, refuse: Refuse): StoreAddress {
  const root = resolve(decoded(url.pathname, refuse));
  if (url.host !== '' || root === '/') throw refuse('has no absolute path (file:///…)');
  return { kind: 'file', root };
}

function s3Address(url: URL, refuse: Refuse): StoreAddress {
  const prefix = prefixOf(url.pathname, refuse);
  if (!BUCKET.test(url.hostname)) throw refuse('has no bucket');
  return { kind: 's3', bucket: url.hostname, prefix, ...endpointOption(url, refuse), ...s3Options(url, refuse) };
}

function azureAddress(url: URL, refuse: Refuse): StoreAddress {
  const [, container = '', ...rest] = url.pathname.split('/');
  if (!ACCOUNT.test(url.hostname)) throw refuse('has no storage account');
  if (!CONTAINER.test(container)) throw refuse('has no container');
  const prefix = prefixOf(rest.join('/'), refuse);
  return { kind: 'azure', account: url.hostname, container, prefix, ...endpointOption(url, refuse) };
}

function gsAddress(url: URL, refuse: Refuse): StoreAddress {
  const prefix = prefixOf(url.pathname, refuse);
  if (!BUCKET.test(url.hostname)) throw refuse('has no bucket');
  return { kind: 'gs', bucket: url.hostname, prefix, ...endpointOption(url, refuse) };
}

function prefixOf(path: string, refuse: Refuse): string {
  const prefix = decoded(path, refuse).replace(/^\/+|\/+$/g, '');
  // A part of dots alone would be resolved by whatever stands between us and the store.
  if (PREFIX.test(prefix) && !/(^|\/)\.+(\/|$)/.test(prefix)) return prefix;
  throw refuse('has a prefix with other characters than letters, digits and ._=-');
}

function decoded(path: string, refuse: Refuse): string {
  try {
    return decodeURIComponent(path);
  } catch {
    throw refuse('has a wrong % sequence');
  }
}

function endpointOption(url: URL, refuse: Refuse): { endpoint?: string } {
  const text = url.searchParams.get('endpoint');
  if (text === null) return {};
  const endpoint = URL.parse(text);
  if (endpoint === null || !['http:', 'https:'].includes(endpoint.protocol)) throw refuse('has a wrong endpoint');
  if (endpoint.username !== '' || endpoint.password !== '' || endpoint.search !== '') {
    throw refuse('has user info or a query in the endpoint');
  }
  return { endpoint: text.replace(/\/+$/, '') };
}

function s3Options(url: URL, refuse: Refuse): { region?: string; pathStyle: boolean } {
  const region = url.searchParams.get('region') ?? undefined;
  const pathStyle = url.searchParams.get('pathStyle') ?? 'false';
  if (region !== undefined && !/^[a-z0-9-]{1,64}$/.test(region)) throw refuse('has a wrong region');
  if (pathStyle !== 'true' && pathStyle !== 'false') throw refuse('has a pathStyle that is not true or false');
  return { ...(region === undefined ? {} : { region }), pathStyle: pathStyle === 'true' };
}

/** Whether one store would find the other's blobs among its own, and take them for strays. */
function overlap(a: StoreAddress, b: StoreAddress): boolean {
  const [first, second] = [locationOf(a), locationOf(b)];
  return first.startsWith(second) || second.startsWith(first);
}

function locationOf(address: StoreAddress): string {
  switch (address.kind) {
    case 'file':
      return `file ${address.root}/`;
    case 's3':
    case 'gs':
      return `${address.kind} ${serviceOf(address)} ${address.bucket}/${address.prefix && `${address.prefix}/`}`;
    case 'azure': {
      const { account, container, prefix } = address;
      return `azure ${serviceOf(address)} ${account}/${container}/${prefix && `${prefix}/`}`;
    }
    default:
      return address satisfies never;
  }
}

/** One spelling for each endpoint. */
function serviceOf({ endpoint }: { endpoint?: string }): string {
  return endpoint === undefined ? '' : new URL(endpoint).href;
}

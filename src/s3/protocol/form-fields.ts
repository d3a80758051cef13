import { fromHeaderText } from './header-text.js';
import type { RequestHeaders } from './request-headers.js';
import { s3Error } from './s3-error.js';

/** What a browser says of itself and of its way here, which no form can say for it. */
const transportHeaders = ['host', 'origin', 'referer', 'user-agent', 'x-forwarded-for', 'x-forwarded-proto'];

const representationFields = [
  'cache-control',
  'content-disposition',
  'content-encoding',
  'content-language',
  'content-md5',
  'content-type',
  'expires',
];

/** Fields that stand for a header of another name. */
const aliases: Record<string, string> = { acl: 'x-amz-acl' };

/** The headers of the PutObject request that a form stands for. */
export function headersOfForm(sent: RequestHeaders, fields: ReadonlyMap<string, string>): RequestHeaders {
  const values: Record<string, string | undefined> = Object.create(null);
  const amzNames: string[] = [];
  for (const name of transportHeaders) {
    values[name] = sent.values[name];
  }
  for (const [field, value] of fields) {
    const name = Object.hasOwn(aliases, field) ? (aliases[field] as string) : field;
    if (!name.startsWith('x-amz-') && !representationFields.includes(name)) {
      continue;
    }
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these would break the header that it becomes
    if (/[\x00-\x08\x0a-\x1f\x7f]/.test(value)) {
      throw s3Error('InvalidArgument', 'A field that becomes a header must not contain control characters.', {
        ArgumentName: field,
      });
    }
    values[name] = value;
    if (name.startsWith('x-amz-')) {
      amzNames.push(name);
    }
  }
  return { values, amzNames };
}

/** The object's key: `${filename}` stands for the name that the user's file has, without its directories. */
export function keyOfForm(key: string, filename: string | undefined): string {
  const base = fromHeaderText(filename ?? '').replace(/^.*[/\\]/s, '');
  return fromHeaderText(key).replaceAll(/\$\{filename\}/g, () => base);
}

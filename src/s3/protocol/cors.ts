import type { CorsMethod, CorsRule } from '../../operations/buckets/cors-rules.js';
import { s3Error } from './s3-error.js';
import { parseXml, type XmlElement } from './xml-reader.js';
import { element, s3Document } from './xml-writer.js';

/** The document of https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketCors.html */
export function parseCors(body: Buffer): CorsRule[] {
  const root = parseXml(body, 'CORSConfiguration');
  if (root.names().some((name) => name !== 'CORSRule')) {
    throw s3Error('MalformedXML');
  }
  return root.children('CORSRule').map(parseRule);
}

/** The answer to GetBucketCors. */
export function formatCors(rules: readonly CorsRule[]): string {
  return s3Document(
    'CORSConfiguration',
    rules.map((rule) =>
      element('CORSRule', [
        element('ID', rule.id),
        ...rule.allowedMethods.map((method) => element('AllowedMethod', method)),
        ...rule.allowedOrigins.map((origin) => element('AllowedOrigin', origin)),
        ...rule.allowedHeaders.map((header) => element('AllowedHeader', header)),
        element('MaxAgeSeconds', rule.maxAgeSeconds),
        ...rule.exposeHeaders.map((header) => element('ExposeHeader', header)),
      ]),
    ),
  );
}

function parseRule(rule: XmlElement): CorsRule {
  const texts = (name: string) => rule.children(name).map((child) => child.ownText());
  const id = rule.text('ID');
  const age = rule.text('MaxAgeSeconds')?.trim();
  if (age !== undefined && !/^-?\d{1,10}$/.test(age)) {
    throw s3Error('MalformedXML');
  }
  return {
    ...(id === undefined ? {} : { id }),
    allowedOrigins: texts('AllowedOrigin'),
    // What is no method is refused by the rules' own check.
    allowedMethods: texts('AllowedMethod') as CorsMethod[],
    allowedHeaders: texts('AllowedHeader'),
    exposeHeaders: texts('ExposeHeader'),
    ...(age === undefined ? {} : { maxAgeSeconds: Number(age) }),
  };
}

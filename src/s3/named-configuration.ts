import { deleteNamedConfiguration } from '../operations/reports/delete-named-configuration.js';
import { getNamedConfiguration } from '../operations/reports/get-named-configuration.js';
import { listNamedConfigurations } from '../operations/reports/list-named-configurations.js';
import type { NamedConfigurationKind, NamedConfigurations } from '../operations/reports/named-configurations.js';
import { putNamedConfiguration } from '../operations/reports/put-named-configuration.js';
import { type Answer, bucketAddress, type Exchange, emptyAnswer, xmlAnswer } from './exchange.js';
import { readDocument } from './incoming-body.js';
import { formatToken, parseToken } from './protocol/list-parameters.js';
import { s3Error } from './protocol/s3-error.js';
import { parseXml, type XmlElement } from './protocol/xml-reader.js';
import { element, s3Document, type Xml } from './protocol/xml-writer.js';

/** As S3 has it. */
const pageSize = 100;

/** How S3 writes configurations of one kind. */
export interface ConfigurationDocument<Kind extends NamedConfigurationKind> {
  kind: Kind;
  /** The element of one, and that of a list. */
  root: string;
  list: string;
  parse(root: XmlElement): NamedConfigurations[Kind];
  elements(configuration: NamedConfigurations[Kind]): (Xml | undefined)[];
}

/** Sets the configuration in the body, whose id stands in the query too. */
export async function putConfiguration<Kind extends NamedConfigurationKind>(
  exchange: Exchange,
  { kind, root, parse }: ConfigurationDocument<Kind>,
): Promise<void> {
  const configuration = parse(parseXml(await readDocument(exchange), root));
  if (configuration.id !== idOf(exchange)) {
    throw s3Error('IdMismatch');
  }
  await putNamedConfiguration(exchange.context, { ...bucketAddress(exchange), kind, configuration });
}

/** Answers with the configuration that the query names. */
export async function getConfiguration<Kind extends NamedConfigurationKind>(
  exchange: Exchange,
  { kind, root, elements }: ConfigurationDocument<Kind>,
): Promise<Answer> {
  const found = await getNamedConfiguration(exchange.context, { ...bucketAddress(exchange), kind, id: idOf(exchange) });
  return xmlAnswer(s3Document(root, elements(found)));
}

/** Takes away the configuration that the query names. */
export async function deleteConfiguration(exchange: Exchange, kind: NamedConfigurationKind): Promise<Answer> {
  await deleteNamedConfiguration(exchange.context, { ...bucketAddress(exchange), kind, id: idOf(exchange) });
  return emptyAnswer();
}

/** Answers with a page of them. */
export async function listConfigurations<Kind extends NamedConfigurationKind>(
  exchange: Exchange,
  { kind, root, list, elements }: ConfigurationDocument<Kind>,
): Promise<Answer> {
  const token = exchange.request.query.get('continuation-token') || undefined;
  const { items, truncated } = await listNamedConfigurations(exchange.context, {
    ...{ ...bucketAddress(exchange), kind, limit: pageSize },
    after: parseToken(token),
  });
  const last = items.at(-1);
  return xmlAnswer(
    s3Document(list, [
      element('ContinuationToken', token),
      ...items.map(({ configuration }) => element(root, elements(configuration))),
      element('IsTruncated', truncated),
      truncated && last !== undefined ? element('NextContinuationToken', formatToken(last.id)) : undefined,
    ]),
  );
}

function idOf({ request }: Exchange): string {
  return request.query.get('id') ?? '';
}

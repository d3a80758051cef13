import type { AnalyticsConfiguration } from '../../operations/reports/analytics-configuration.js';
import type { ConfigurationDocument } from '../named-configuration.js';
import { filterElement, parseFilter } from './configuration-filter.js';
import { destinationIn, parseDestination } from './report-destination.js';
import { s3Error } from './s3-error.js';
import { oneOfTexts, type XmlElement } from './xml-reader.js';
import { element, type Xml } from './xml-writer.js';

/** An `AnalyticsConfiguration`: https://docs.aws.amazon.com/AmazonS3/latest/API/API_AnalyticsConfiguration.html */
function parseAnalytics(root: XmlElement): AnalyticsConfiguration {
  const [analysis] = root.children('StorageClassAnalysis');
  if (analysis === undefined) {
    throw s3Error('MalformedXML');
  }
  const [exported] = analysis.children('DataExport');
  return {
    id: root.requiredText('Id').trim(),
    filter: parseFilter(root),
    ...(exported === undefined ? {} : { exportTo: parseExport(exported) }),
  };
}

/** What is in an `AnalyticsConfiguration`. */
function analyticsElements({ id, filter, exportTo }: AnalyticsConfiguration): (Xml | undefined)[] {
  const exported =
    exportTo &&
    element('DataExport', [
      element('OutputSchemaVersion', 'V_1'),
      element('Destination', [
        element('S3BucketDestination', [
          element('Format', 'CSV'),
          element('BucketAccountId', exportTo.accountId),
          element('Bucket', `arn:aws:s3:::${exportTo.bucket}`),
          element('Prefix', exportTo.prefix),
        ]),
      ]),
    ]);
  return [element('Id', id), filterElement(filter), element('StorageClassAnalysis', exported ? [exported] : '')];
}

function parseExport(exported: XmlElement): NonNullable<AnalyticsConfiguration['exportTo']> {
  oneOfTexts(exported, 'OutputSchemaVersion', ['V_1']);
  const destination = destinationIn(exported);
  oneOfTexts(destination, 'Format', ['CSV']);
  return parseDestination(destination, 'BucketAccountId');
}

/** How S3 writes configurations of analytics. */
export const analyticsDocument: ConfigurationDocument<'ANALYTICS'> = {
  kind: 'ANALYTICS',
  root: 'AnalyticsConfiguration',
  list: 'ListBucketAnalyticsConfigurationResult',
  parse: parseAnalytics,
  elements: analyticsElements,
};

import type { MetricsConfiguration } from '../../operations/reports/metrics-configuration.js';
import type { ConfigurationDocument } from '../named-configuration.js';
import { filterElement, parseFilter } from './configuration-filter.js';
import type { XmlElement } from './xml-reader.js';
import { element, type Xml } from './xml-writer.js';

/** A `MetricsConfiguration`: https://docs.aws.amazon.com/AmazonS3/latest/API/API_MetricsConfiguration.html */
function parseMetrics(root: XmlElement): MetricsConfiguration {
  return { id: root.requiredText('Id').trim(), filter: parseFilter(root) };
}

/** What is in a `MetricsConfiguration`. */
function metricsElements({ id, filter }: MetricsConfiguration): (Xml | undefined)[] {
  return [element('Id', id), filterElement(filter)];
}

/** How S3 writes configurations of metrics. */
export const metricsDocument: ConfigurationDocument<'METRICS'> = {
  kind: 'METRICS',
  root: 'MetricsConfiguration',
  list: 'ListMetricsConfigurationsResult',
  parse: parseMetrics,
  elements: metricsElements,
};

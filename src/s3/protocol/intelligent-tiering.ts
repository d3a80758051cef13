import {
  accessTiers,
  type IntelligentTieringConfiguration,
} from '../../operations/reports/intelligent-tiering-configuration.js';
import type { ConfigurationDocument } from '../named-configuration.js';
import { filterElement, parseFilter } from './configuration-filter.js';
import { s3Error } from './s3-error.js';
import { oneOfTexts, type XmlElement } from './xml-reader.js';
import { element, type Xml } from './xml-writer.js';

/**
 * An `IntelligentTieringConfiguration`:
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_IntelligentTieringConfiguration.html
 */
function parseIntelligentTiering(root: XmlElement): IntelligentTieringConfiguration {
  return {
    id: root.requiredText('Id').trim(),
    enabled: oneOfTexts(root, 'Status', ['Enabled', 'Disabled']) === 'Enabled',
    filter: parseFilter(root),
    tierings: root.children('Tiering').map((tiering) => ({
      accessTier: oneOfTexts(tiering, 'AccessTier', accessTiers),
      days: daysOf(tiering),
    })),
  };
}

/** What is in an `IntelligentTieringConfiguration`. */
function intelligentTieringElements(tiering: IntelligentTieringConfiguration): (Xml | undefined)[] {
  const { id, enabled, filter, tierings } = tiering;
  return [
    element('Id', id),
    filterElement(filter),
    element('Status', enabled ? 'Enabled' : 'Disabled'),
    ...tierings.map(({ accessTier, days }) =>
      element('Tiering', [element('AccessTier', accessTier), element('Days', days)]),
    ),
  ];
}

function daysOf(tiering: XmlElement): number {
  const text = tiering.requiredText('Days').trim();
  if (!/^\d{1,6}$/.test(text)) {
    throw s3Error('MalformedXML');
  }
  return Number(text);
}

/** How S3 writes configurations of intelligent tiering. */
export const intelligentTieringDocument: ConfigurationDocument<'INTELLIGENT_TIERING'> = {
  kind: 'INTELLIGENT_TIERING',
  root: 'IntelligentTieringConfiguration',
  list: 'ListBucketIntelligentTieringConfigurationsOutput',
  parse: parseIntelligentTiering,
  elements: intelligentTieringElements,
};

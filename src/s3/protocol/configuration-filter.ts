import type { ConfigurationFilter } from '../../operations/reports/configuration-filter.js';
import { s3Error } from './s3-error.js';
import { parseTags } from './tagging.js';
import type { XmlElement } from './xml-reader.js';
import { element, type Xml } from './xml-writer.js';

/** The `Filter` of a configuration: a prefix, a tag, or several in `And`; without one it is about everything. */
export function parseFilter(configuration: XmlElement): ConfigurationFilter {
  const [filter, ...more] = configuration.children('Filter');
  if (filter === undefined) {
    return { tags: {} };
  }
  const names = filter.names();
  if (names.some((name) => name === 'AccessPointArn') || filter.children('And')[0]?.text('AccessPointArn')) {
    throw s3Error('NotImplemented', 'There are no access points here.');
  }
  const isKnown = names.every((name) => ['And', 'Prefix', 'Tag'].includes(name));
  if (more.length > 0 || !isKnown || names.length > 1 || filter.children('Tag').length > 1) {
    throw s3Error('MalformedXML');
  }
  const conditions = filter.children('And')[0] ?? filter;
  const prefix = conditions.text('Prefix');
  return { ...(prefix === undefined ? {} : { prefix }), tags: { ...parseTags([conditions]) } };
}

/** The same as an element; nothing for what is about everything. */
export function filterElement({ prefix, tags }: ConfigurationFilter): Xml | undefined {
  const parts = [
    element('Prefix', prefix),
    ...Object.entries(tags).map(([key, value]) => element('Tag', [element('Key', key), element('Value', value)])),
  ].filter((part) => part !== undefined);
  return parts.length === 0 ? undefined : element('Filter', parts.length === 1 ? parts : [element('And', parts)]);
}

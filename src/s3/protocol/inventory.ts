import {
  type InventoryConfiguration,
  type InventoryEncryption,
  inventoryFields,
  inventoryFrequencies,
  inventoryVersions,
} from '../../operations/reports/inventory-configuration.js';
import type { ConfigurationDocument } from '../named-configuration.js';
import { destinationIn, parseDestination } from './report-destination.js';
import { s3Error } from './s3-error.js';
import { oneOfTexts, type XmlElement } from './xml-reader.js';
import { element, type Xml } from './xml-writer.js';

/** An `InventoryConfiguration`: https://docs.aws.amazon.com/AmazonS3/latest/API/API_InventoryConfiguration.html */
function parseInventory(root: XmlElement): InventoryConfiguration {
  const target = destinationIn(root);
  const [schedule] = root.children('Schedule');
  const prefix = root.children('Filter')[0]?.text('Prefix');
  const encryption = parseEncryption(target);
  if (schedule === undefined) {
    throw s3Error('MalformedXML');
  }
  return {
    id: root.requiredText('Id').trim(),
    enabled: oneOfTexts(root, 'IsEnabled', ['true', 'false']) === 'true',
    destination: parseDestination(target, 'AccountId'),
    format: oneOfTexts(target, 'Format', ['CSV', 'ORC', 'Parquet']),
    ...(encryption === undefined ? {} : { encryption }),
    ...(prefix === undefined ? {} : { prefix }),
    versions: oneOfTexts(root, 'IncludedObjectVersions', inventoryVersions),
    fields: root.children('OptionalFields').flatMap((list) => list.children('Field').map(parseField)),
    frequency: oneOfTexts(schedule, 'Frequency', inventoryFrequencies),
  };
}

/** What is in an `InventoryConfiguration`. */
function inventoryElements(inventory: InventoryConfiguration): (Xml | undefined)[] {
  const { id, enabled, destination, format, encryption, prefix, versions, fields, frequency } = inventory;
  return [
    element('Destination', [
      element('S3BucketDestination', [
        element('AccountId', destination.accountId),
        element('Bucket', `arn:aws:s3:::${destination.bucket}`),
        encryption && element('Encryption', [encryptionElement(encryption)]),
        element('Format', format),
        element('Prefix', destination.prefix),
      ]),
    ]),
    prefix === undefined ? undefined : element('Filter', [element('Prefix', prefix)]),
    element('Id', id),
    element('IncludedObjectVersions', versions),
    element('IsEnabled', enabled),
    fields.length === 0
      ? undefined
      : element(
          'OptionalFields',
          fields.map((field) => element('Field', field)),
        ),
    element('Schedule', [element('Frequency', frequency)]),
  ];
}

function parseField(field: XmlElement): InventoryConfiguration['fields'][number] {
  const name = field.ownText().trim();
  const known = inventoryFields.find((each) => each === name);
  if (known === undefined) {
    throw s3Error('MalformedXML');
  }
  return known;
}

function parseEncryption(destination: XmlElement): InventoryEncryption | undefined {
  const [encryption] = destination.children('Encryption');
  if (encryption === undefined) {
    return undefined;
  }
  const [kms] = encryption.children('SSE-KMS');
  const isPlain = encryption.children('SSE-S3').length > 0;
  if (isPlain === (kms !== undefined)) {
    throw s3Error('MalformedXML');
  }
  return kms === undefined
    ? { algorithm: 'AES256' }
    : { algorithm: 'aws:kms', keyId: kms.requiredText('KeyId').trim() };
}

function encryptionElement(encryption: InventoryEncryption): Xml | undefined {
  return encryption.algorithm === 'AES256'
    ? element('SSE-S3', '')
    : element('SSE-KMS', [element('KeyId', encryption.keyId)]);
}

/** How S3 writes inventories. */
export const inventoryDocument: ConfigurationDocument<'INVENTORY'> = {
  kind: 'INVENTORY',
  root: 'InventoryConfiguration',
  list: 'ListInventoryConfigurationsResult',
  parse: parseInventory,
  elements: inventoryElements,
};

import { GranaryError } from '../../errors.js';
import {
  type DeleteObjectsInput,
  type DeleteObjectsResult,
  deleteObjects as remove,
} from '../../operations/objects/delete-object.js';
import type { AnswerNotes } from '../answer-notes.js';
import { type Answer, bucketAddress, type Exchange, xmlAnswer } from '../exchange.js';
import { readDigestedDocument } from '../incoming-body.js';
import { parseExpected } from '../protocol/conditions.js';
import { readBypass } from '../protocol/object-lock.js';
import { s3Error, toS3Failure } from '../protocol/s3-error.js';
import { parseXml, type XmlElement } from '../protocol/xml-reader.js';
import { element, s3Document, type Xml } from '../protocol/xml-writer.js';

const maxObjects = 1000;
const objectElements = new Set(['Key', 'VersionId', 'ETag', 'Size', 'LastModifiedTime']);

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html */
export async function deleteObjects(exchange: Exchange): Promise<Answer> {
  const bypass = readBypass(exchange.request.headers);
  const { objects, quiet } = parseDelete(await readDigestedDocument(exchange));
  const results = await remove(exchange.context, { ...bucketAddress(exchange), ...bypass, objects });
  exchange.request.notes.deleted = results.map(noteOf);
  return xmlAnswer(
    s3Document(
      'DeleteResult',
      results.map((result) => format(result, quiet)),
    ),
  );
}

function noteOf(result: DeleteObjectsResult): NonNullable<AnswerNotes['deleted']>[number] {
  const { key, versionId } = result;
  if (!('error' in result)) {
    return { key, versionId, status: 204 };
  }
  const { status, code: errorCode } = toS3Failure(result.error);
  return { key, versionId, status, errorCode };
}

interface DeleteRequest {
  objects: DeleteObjectsInput['objects'];
  quiet: boolean;
}

function parseDelete(body: Buffer): DeleteRequest {
  const root = parseXml(body, 'Delete');
  const objects = root.children('Object').map(parseObject);
  if (objects.length === 0 || objects.length > maxObjects) {
    throw s3Error('MalformedXML');
  }
  return { objects, quiet: root.text('Quiet')?.trim().toLowerCase() === 'true' };
}

function parseObject(object: XmlElement): DeleteObjectsInput['objects'][number] {
  if (object.names().some((name) => !objectElements.has(name))) {
    throw s3Error('MalformedXML');
  }
  const key = object.requiredText('Key');
  const versionId = object.text('VersionId')?.trim();
  const conditions = {
    ifMatch: object.text('ETag')?.trim() || undefined,
    ...parseExpected(object.text('Size')?.trim(), object.text('LastModifiedTime')?.trim()),
  };
  return versionId ? { key, versionId, conditions } : { key, conditions };
}

/** Under which a denial can be explained: the header of other denials has no place for one of each key. */
function decisionOf(error: unknown): string | undefined {
  const { decisionId } = error instanceof GranaryError ? error.data : {};
  return decisionId === undefined ? undefined : String(decisionId);
}

function format(result: DeleteObjectsResult, quiet: boolean): Xml | undefined {
  const named = [element('Key', result.key), element('VersionId', result.versionId)];
  if ('error' in result) {
    const { code, message } = toS3Failure(result.error);
    const about = [element('Code', code), element('Message', message), element('DecisionId', decisionOf(result.error))];
    return element('Error', [...named, ...about]);
  }
  if (quiet) {
    return undefined;
  }
  const { deleteMarker, versionId } = result.deleted;
  const marker = deleteMarker ? [element('DeleteMarker', true), element('DeleteMarkerVersionId', versionId)] : [];
  return element('Deleted', [...named, ...marker]);
}

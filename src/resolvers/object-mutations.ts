import { Arg, Ctx, Mutation, Resolver } from 'type-graphql';
import { GranaryError } from '../errors.js';
import { copyObject } from '../operations/objects/copy-object.js';
import { deleteObject, deleteObjects } from '../operations/objects/delete-object.js';
import { describeObject } from '../operations/objects/get-object.js';
import { moveObject } from '../operations/objects/move-object.js';
import { promoteVersion } from '../operations/objects/promote-version.js';
import { purgeTrashed } from '../operations/objects/purge-trashed.js';
import { putObjectMetadata } from '../operations/objects/put-object-metadata.js';
import { putObjectTags } from '../operations/objects/put-object-tags.js';
import { restoreObject } from '../operations/objects/restore-object.js';
import type { ObjectAddress } from '../operations/types.js';
import type { GraphqlContext } from './context.js';
import { requestOf } from './encryption-types.js';
import { headersOf } from './header-fields.js';
import { bypassOf, conditionsOf, keyOf, metadataOf, optional, tagsOf } from './input.js';
import { orNull } from './nullable.js';
import {
  CopyObjectInput,
  DeleteFromTrashInput,
  DeleteObjectInput,
  DeleteObjectsInput,
  MoveObjectInput,
  PromoteVersionInput,
  RestoreObjectInput,
  SetObjectMetadataInput,
  SetObjectTagsInput,
} from './object-inputs.js';
import {
  CopyObjectPayload,
  type DeletedObjectType,
  DeleteFromTrashPayload,
  DeleteObjectPayload,
  DeleteObjectsPayload,
  MoveObjectPayload,
  PromoteVersionPayload,
  RestoreObjectPayload,
  SetObjectMetadataPayload,
  SetObjectTagsPayload,
} from './object-payloads.js';
import { type PlacedObject, placeAt } from './placed-object.js';
import type { ObjectResult } from './results.js';
import { answer, toUserError, type UserError } from './user-error.js';

/** What changes objects without bringing bytes. */
@Resolver()
export class ObjectMutationsResolver {
  @Mutation(() => DeleteObjectPayload, {
    description: 'Deletes an object, or one version of it. Deleting what is not there succeeds.',
  })
  deleteObject(
    @Ctx() context: GraphqlContext,
    @Arg('input', () => DeleteObjectInput, { description: 'What to delete.' }) input: DeleteObjectInput,
  ): Promise<DeleteObjectPayload> {
    return answer(async () => {
      const address = { ...keyOf(input), versionId: optional(input.versionId) };
      const object = await objectBefore(context, address);
      const deleted = await deleteObject(context.request, {
        ...address,
        ...bypassOf(input),
        conditions: { ifMatch: optional(input.ifMatch) },
      });
      return { object, deleteMarker: deleted.deleteMarker, versionId: deleted.versionId ?? null };
    });
  }

  @Mutation(() => DeleteObjectsPayload, { description: 'Deletes up to 1000 objects of one bucket, each by itself.' })
  async deleteObjects(
    @Ctx() context: GraphqlContext,
    @Arg('input', () => DeleteObjectsInput, { description: 'What to delete.' }) input: DeleteObjectsInput,
  ): Promise<DeleteObjectsPayload> {
    const payload = await answer(async () => deleteMany(context, input));
    return { ...payload, objects: payload.objects ?? [], deletedCount: payload.objects?.length ?? 0 };
  }

  @Mutation(() => CopyObjectPayload, { description: 'Copies an object by reference: no bytes move.' })
  copyObject(
    @Ctx() context: GraphqlContext,
    @Arg('input', () => CopyObjectInput, { description: 'What to copy, and where to.' }) input: CopyObjectInput,
  ): Promise<ObjectResult> {
    return answer(async () => {
      const { source, contentType } = input;
      const headers = headersOf(input);
      const isDescribed = [contentType || undefined, ...Object.values(headers)].some((said) => said !== undefined);
      const metadata = metadataOf(input.metadata);
      const tags = tagsOf(input.tags);
      const target = keyOf(input.target);
      const { object } = await copyObject(context.request, {
        source: { ...keyOf(source), versionId: optional(source.versionId) },
        target,
        metadataDirective: metadata !== undefined || isDescribed ? 'MERGE' : 'COPY',
        taggingDirective: tags === undefined ? 'COPY' : 'REPLACE',
        attributes: {
          contentType: optional(contentType),
          headers,
          metadata,
          tags,
          storageClass: optional(input.storageClass),
        },
        encryption: input.encryption ? requestOf(input.encryption) : undefined,
        unsaid: 'AS_SOURCE',
        conditions: conditionsOf(input),
      });
      return { object: await placeAt(context, target, object) };
    });
  }

  @Mutation(() => MoveObjectPayload, { description: 'Gives an object another key or bucket: no bytes move.' })
  moveObject(
    @Ctx() context: GraphqlContext,
    @Arg('input', () => MoveObjectInput, { description: 'What to move, and where to.' }) input: MoveObjectInput,
  ): Promise<ObjectResult> {
    return answer(async () => {
      const target = keyOf(input.target);
      const move = { source: keyOf(input.source), target, conditions: conditionsOf(input) };
      const { object } = await moveObject(context.request, move);
      return { object: await placeAt(context, target, object) };
    });
  }

  @Mutation(() => RestoreObjectPayload, {
    description:
      "Takes a version back out of the bucket's trash, as the newest one; without a version id it undoes the last deletion or overwriting, also where versions keep what was there.",
  })
  restoreObject(
    @Ctx() context: GraphqlContext,
    @Arg('input', () => RestoreObjectInput, { description: 'What to restore.' }) input: RestoreObjectInput,
  ): Promise<ObjectResult> {
    return answer(async () => {
      const address = { ...keyOf(input), versionId: optional(input.versionId) };
      const conditions = conditionsOf({ ifNoneMatch: input.ifNoneMatch ?? null });
      const { object } = await restoreObject(context.request, { ...address, conditions });
      return { object: await placeAt(context, keyOf(input), object) };
    });
  }

  @Mutation(() => PromoteVersionPayload, {
    description: 'Makes a former version the current one again: as a new version that shares its bytes.',
  })
  promoteVersion(
    @Ctx() context: GraphqlContext,
    @Arg('input', () => PromoteVersionInput, { description: 'The version.' }) input: PromoteVersionInput,
  ): Promise<ObjectResult> {
    return answer(async () => {
      const address = { ...keyOf(input), versionId: optional(input.versionId) };
      const { object } = await promoteVersion(context.request, address);
      return { object: await placeAt(context, address, object) };
    });
  }

  @Mutation(() => DeleteFromTrashPayload, {
    description: "Deletes a version in the bucket's trash for good, before its time. Object lock may keep it.",
  })
  deleteFromTrash(
    @Ctx() context: GraphqlContext,
    @Arg('input', () => DeleteFromTrashInput, { description: 'The version.' }) input: DeleteFromTrashInput,
  ): Promise<DeleteFromTrashPayload> {
    return answer(async () => {
      const { versionId } = input;
      await purgeTrashed(context.request, { ...keyOf(input), versionId });
      return { versionId };
    });
  }

  @Mutation(() => SetObjectTagsPayload, { description: 'Replaces all tags of an object or version.' })
  setObjectTags(
    @Ctx() context: GraphqlContext,
    @Arg('input', () => SetObjectTagsInput, { description: 'The object and its tags.' }) input: SetObjectTagsInput,
  ): Promise<ObjectResult> {
    return answer(async () => {
      const address = { ...keyOf(input), versionId: optional(input.versionId) };
      const tags = { tags: tagsOf(input.tags) ?? {}, ifMatch: optional(input.ifMatch) };
      const object = await putObjectTags(context.request, { ...address, ...tags });
      return { object: await placeAt(context, address, object) };
    });
  }

  @Mutation(() => SetObjectMetadataPayload, {
    description: 'Replaces the metadata of an object. In a bucket with versioning this makes a new version.',
  })
  setObjectMetadata(
    @Ctx() context: GraphqlContext,
    @Arg('input', () => SetObjectMetadataInput, { description: 'The object and its metadata.' })
    input: SetObjectMetadataInput,
  ): Promise<ObjectResult> {
    return answer(async () => {
      const change = {
        metadata: metadataOf(input.metadata),
        contentType: optional(input.contentType),
        headers: headersOf(input),
        conditions: conditionsOf({ ifMatch: input.ifMatch ?? null }),
      };
      const { object } = await putObjectMetadata(context.request, { ...keyOf(input), ...change });
      return { object: await placeAt(context, keyOf(input), object) };
    });
  }
}

/** What the payload shows of the object that is going; who may delete may still not read. */
async function objectBefore(context: GraphqlContext, address: ObjectAddress): Promise<PlacedObject | null> {
  try {
    const object = await orNull(describeObject(context.request, address));
    return object === null ? null : placeAt(context, address, object);
  } catch (error) {
    if (error instanceof GranaryError && (error.kind === 'Denied' || error.kind === 'Conflict')) {
      return null;
    }
    throw error;
  }
}

async function deleteMany(
  context: GraphqlContext,
  input: DeleteObjectsInput,
): Promise<{ objects: DeletedObjectType[]; userErrors: UserError[] }> {
  const list = input.objects ?? input.keys?.map((key) => ({ key, versionId: null }));
  if (list === undefined || list === null || (input.objects && input.keys)) {
    throw new GranaryError('InvalidInput', 'Give either "objects" or "keys".', { field: ['objects'] });
  }
  const name = input.objects ? 'objects' : 'keys';
  const objects = list.map(({ key, versionId }) => ({ key, versionId: optional(versionId) }));
  const results = await deleteObjects(context.request, {
    bucket: input.bucket,
    tenant: optional(input.tenant),
    ...bypassOf(input),
    objects,
  });
  return {
    objects: results.flatMap((result) =>
      'deleted' in result
        ? [{ key: result.key, deleteMarker: result.deleted.deleteMarker, versionId: result.deleted.versionId }]
        : [],
    ),
    userErrors: results.flatMap((result, index) =>
      'error' in result ? [toUserError(result.error, ['input', name, String(index)])] : [],
    ),
  };
}

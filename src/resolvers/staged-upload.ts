import { GraphQLDateTime, GraphQLSafeInt } from 'graphql-scalars';
import { Arg, Args, Ctx, FieldResolver, ID, Int, Mutation, Query, Resolver, Root, Subscription } from 'type-graphql';
import { Bucket } from '../entities/bucket.js';
import type { BucketInfo } from '../operations/types.js';
import { completeUpload } from '../operations/uploads/complete-upload.js';
import { giveUpUpload } from '../operations/uploads/give-up-upload.js';
import type { PartLink } from '../operations/uploads/part-links.js';
import { expiryOf, locateUpload, type StagedUpload, showStagedUpload } from '../operations/uploads/staged-upload.js';
import { startUpload } from '../operations/uploads/start-upload.js';
import { watchUpload } from '../operations/uploads/upload-progress.js';
import { sha256Of } from '../wire/sha256-of.js';
import { attributesOf } from './attribute-fields.js';
import { type Connection, ForwardPageArgs, pageRequest, toConnection } from './connection.js';
import type { GraphqlContext } from './context.js';
import { endedBy } from './ended-by.js';
import { conditionsOf, keyOf, optional } from './input.js';
import { orHidden, orNull } from './nullable.js';
import { placeAt } from './placed-object.js';
import {
  AbortUploadInput,
  AbortUploadPayload,
  CompleteUploadInputType,
  CompleteUploadPayload,
  StagedUploadState,
  StagedUploadType,
  StartUploadInput,
  StartUploadPayload,
  type UploadedPart,
  UploadedPartConnection,
  UploadPartUrl,
} from './staged-upload-types.js';
import { answer } from './user-error.js';

const usualExpiry = 3600;

/** Uploads in parts that go to the S3 port. */
@Resolver(() => StagedUploadType)
export class StagedUploadResolver {
  @Query(() => StagedUploadType, {
    nullable: true,
    description:
      'An upload in parts, to go on with it, for who may send its parts or list them; null when there is none, or it was aborted or expired.',
  })
  upload(
    @Ctx() { request }: GraphqlContext,
    @Arg('id', () => ID, { description: 'Its id.' }) id: string,
  ): Promise<StagedUpload | null> {
    return orNull(showStagedUpload(request, id));
  }

  @Mutation(() => StartUploadPayload, {
    description:
      'Starts an upload in parts: send each to its address in `upload { partUrls }`, then call `completeUpload`. Example: `startUpload(input: { bucket: "photos", key: "film.mp4", size: 1073741824 }) { upload { id partUrls(partNumbers: [1, 2]) { partNumber url } } userErrors { code message } }`',
  })
  startUpload(
    @Ctx() { request }: GraphqlContext,
    @Arg('input', () => StartUploadInput, { description: 'The object.' }) input: StartUploadInput,
  ): Promise<StartUploadPayload> {
    return answer(async () => ({
      upload: await startUpload(request, {
        ...keyOf(input),
        ...attributesOf(input),
        size: input.size,
        partSize: optional(input.partSize),
        sha256: sha256Of(input.sha256),
      }),
    }));
  }

  @Mutation(() => CompleteUploadPayload, {
    description: 'Makes an object of the parts. Repeating it after a lost answer gives the same object.',
  })
  completeUpload(
    @Ctx() context: GraphqlContext,
    @Arg('input', () => CompleteUploadInputType, { description: 'The upload.' }) input: CompleteUploadInputType,
  ): Promise<CompleteUploadPayload> {
    return answer(async () => {
      const { uploadId, parts, sha256 } = input;
      const address = await locateUpload(context.request, uploadId);
      const { object } = await completeUpload(context.request, {
        ...address,
        parts: optional(parts),
        sha256: sha256Of(sha256),
        conditions: givenOf(conditionsOf(input)),
      });
      return { object: await placeAt(context, address, object) };
    });
  }

  @Mutation(() => AbortUploadPayload, {
    description:
      'Gives an upload up and frees what came in of it: for who may abort it, and for who began it and may write the object.',
  })
  abortUpload(
    @Ctx() { request }: GraphqlContext,
    @Arg('input', () => AbortUploadInput, { description: 'The upload.' }) { uploadId }: AbortUploadInput,
  ): Promise<AbortUploadPayload> {
    return answer(async () => {
      await giveUpUpload(request, uploadId);
      return { uploadId };
    });
  }

  @FieldResolver(() => ID, { description: 'Its id, as S3 and tus know it too.' })
  id(@Root() { upload }: StagedUpload): string {
    return upload.id;
  }

  @FieldResolver(() => StagedUploadState, { description: 'Whether it goes on.' })
  state(@Root() { upload }: StagedUpload): StagedUploadState {
    return upload.state === 'COMPLETED' ? StagedUploadState.COMPLETED : StagedUploadState.OPEN;
  }

  @FieldResolver(() => Bucket, {
    nullable: true,
    description: 'The bucket; null when the caller may send the upload but not see the bucket.',
  })
  bucket(@Root() { bucket }: StagedUpload, @Ctx() context: GraphqlContext): Promise<BucketInfo | null> {
    return context.loaders.buckets.load(bucket.id);
  }

  @FieldResolver(() => String, { description: 'The key of the object that it becomes.' })
  key(@Root() { upload }: StagedUpload): string {
    return upload.key;
  }

  @FieldResolver(() => GraphQLSafeInt, {
    nullable: true,
    description: 'The size that was announced, in bytes; null for uploads by S3.',
  })
  size(@Root() { upload }: StagedUpload): number | null {
    return upload.plannedSize;
  }

  @FieldResolver(() => GraphQLSafeInt, {
    nullable: true,
    description: 'How many bytes each part but the last has; null for uploads by S3 or tus.',
  })
  partSize(@Root() { upload }: StagedUpload): number | null {
    return upload.partSize;
  }

  @FieldResolver(() => GraphQLSafeInt, { description: 'How many bytes have come, in parts that are whole.' })
  receivedBytes(@Root() { receivedBytes }: StagedUpload): number {
    return receivedBytes;
  }

  @FieldResolver(() => GraphQLDateTime, { description: 'When it was started.' })
  createdAt(@Root() { upload }: StagedUpload): Date {
    return upload.createdAt;
  }

  @FieldResolver(() => GraphQLDateTime, { description: 'When it is aborted, unless it is completed before.' })
  expiresAt(@Root() { upload }: StagedUpload, @Ctx() { request }: GraphqlContext): Date {
    return expiryOf(request, upload);
  }

  @FieldResolver(() => UploadedPartConnection, {
    nullable: true,
    description:
      'The parts that came in, by number; null when the caller may not list them. Those of a completed upload are gone.',
  })
  async parts(
    @Root() staged: StagedUpload,
    @Args(() => ForwardPageArgs) args: ForwardPageArgs,
    @Ctx() { loaders }: GraphqlContext,
  ): Promise<Connection<UploadedPart> | null> {
    const page = pageRequest(args, 'parts');
    const found = await loaders.uploadParts.load({ of: staged, page });
    if (found === null) {
      return null;
    }
    const { parts, truncated } = found;
    return toConnection({ request: page, truncated, list: 'parts' }, parts, ({ partNumber }) => String(partNumber));
  }

  @FieldResolver(() => [UploadPartUrl], {
    nullable: true,
    description:
      'Addresses to send parts to: of those named, else of the first 100 that are missing. Ask again for more, or when they have expired. None for uploads by tus, whose bytes come in their order. Null for who may not write the object.',
  })
  async partUrls(
    @Root() staged: StagedUpload,
    @Ctx() context: GraphqlContext,
    @Arg('partNumbers', () => [Int], { nullable: true, description: 'The numbers of the parts, at most 100.' })
    partNumbers?: number[] | null,
    @Arg('expiresIn', () => Int, {
      defaultValue: usualExpiry,
      description: 'How many seconds the addresses are good, 1 to 604800.',
    })
    expiresIn: number = usualExpiry,
  ): Promise<UploadPartUrl[] | null> {
    if (staged.upload.state === 'COMPLETED') {
      return [];
    }
    const wanted = { staged, partNumbers: optional(partNumbers), expiresIn };
    const links = await orHidden(context.loaders.partLinks.load(wanted));
    if (links === null) {
      return null;
    }
    const expiresAt = new Date(Date.now() + expiresIn * 1000);
    return links.map((link) => ({ ...link, url: urlOf(context, staged, link), expiresAt }));
  }
}

/** How far uploads have come, as it happens. */
@Resolver()
export class UploadProgressResolver {
  @Subscription(() => StagedUploadType, {
    description:
      'How far an upload has come: at once, after each part, and when it is completed; ends then, or when it is aborted. For who may send its parts or list them, asked every time.',
    subscribe: ({ args, context }: { args: object; context: GraphqlContext }) => {
      const stopping = new AbortController();
      const { uploadId } = args as { uploadId: string };
      const renew = async () => (await context.renew()).request;
      return endedBy(watchUpload(context.request, { uploadId, renew, signal: stopping.signal }), stopping);
    },
  })
  uploadProgress(
    @Root() staged: StagedUpload,
    @Arg('uploadId', () => ID, { description: 'The id of the upload.' }) _uploadId: string,
  ): StagedUpload {
    return staged;
  }
}

/** The tenant stands in the path, for who sends the part may be of another one. */
function urlOf({ s3Url }: GraphqlContext, { address }: StagedUpload, { partNumber, token }: PartLink): string {
  const { tenant = '', bucket, key, uploadId } = address;
  // Browsers resolve segments of dots, but not where slashes are encoded.
  const isPlain = !key.split('/').some((segment) => segment === '.' || segment === '..');
  const path = isPlain ? key.split('/').map(encodeURIComponent).join('/') : encodeURIComponent(key);
  const query = new URLSearchParams({ partNumber: String(partNumber), uploadId, 'X-Granary-Upload': token });
  return `${s3Url}/${encodeURIComponent(`${tenant}:${bucket}`)}/${path}?${query}`;
}

function givenOf<T extends object>(conditions: T): Partial<T> {
  return Object.fromEntries(Object.entries(conditions).filter(([, value]) => value !== undefined)) as Partial<T>;
}

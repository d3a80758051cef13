import { Arg, Ctx, Mutation, Resolver } from 'type-graphql';
import { GranaryError } from '../errors.js';
import { putObject } from '../operations/objects/put-object.js';
import type { ObjectAddress, WrittenObject } from '../operations/types.js';
import { sha256Of } from '../wire/sha256-of.js';
import { attributesOf } from './attribute-fields.js';
import type { GraphqlContext } from './context.js';
import { keyOf, optional } from './input.js';
import { type UploadFileInput, UploadObjectInput, UploadObjectsInput } from './object-inputs.js';
import { UploadObjectPayload, UploadObjectsPayload } from './object-payloads.js';
import { type PlacedObject, placeAt } from './placed-object.js';
import { arrival, openUpload, uploadedBytes } from './upload-scalar.js';
import { answer, toUserError, type UserError } from './user-error.js';

const mostFiles = 100;
/** How many files of one request are stored side by side: small ones share flushes of the log. */
const parallelFiles = 8;

type UploadedFile = Omit<UploadFileInput, 'key'>;

/** What brings bytes in. */
@Resolver()
export class UploadResolver {
  @Mutation(() => UploadObjectPayload, {
    description:
      'Stores a file of the multipart request as an object. Example: `uploadObject(input: { bucket: "photos", key: "cat.jpg", file: $file }) { object { etag } userErrors { code message } }`',
  })
  uploadObject(
    @Ctx() context: GraphqlContext,
    @Arg('input', () => UploadObjectInput, { description: 'The file, and the object that it becomes.' })
    input: UploadObjectInput,
  ): Promise<UploadObjectPayload> {
    return answer(async () => {
      const address = keyOf(input);
      const { object, deduplicated } = await store(context, address, input);
      return { object: await placeAt(context, address, object), deduplicated };
    });
  }

  @Mutation(() => UploadObjectsPayload, {
    description: 'Stores several files of the multipart request, each by itself.',
  })
  async uploadObjects(
    @Ctx() context: GraphqlContext,
    @Arg('input', () => UploadObjectsInput, { description: 'The files, and the objects that they become.' })
    input: UploadObjectsInput,
  ): Promise<UploadObjectsPayload> {
    const payload = await answer(async () => {
      refuseFiles(input.files);
      return storeAll(context, input);
    });
    return { ...payload, objects: payload.objects ?? [] };
  }
}

/** Files are stored in the order in which they come in, whatever their order in the input. */
async function storeAll(
  context: GraphqlContext,
  input: UploadObjectsInput,
): Promise<{ objects: PlacedObject[]; userErrors: UserError[] }> {
  const turns = new Turns(parallelFiles);
  const results = await Promise.all(
    input.files.map(async (file, index) => {
      const address = { bucket: input.bucket, tenant: optional(input.tenant), key: file.key };
      try {
        await arrival(file.file);
        const { object } = await turns.run(() => store(context, address, file));
        return { object: await placeAt(context, address, object) };
      } catch (error) {
        return { error: toUserError(error, ['input', 'files', String(index)]) };
      }
    }),
  );
  return {
    objects: results.flatMap((result) => ('object' in result && result.object ? [result.object] : [])),
    userErrors: results.flatMap((result) => ('error' in result && result.error ? [result.error] : [])),
  };
}

async function store(context: GraphqlContext, address: ObjectAddress, file: UploadedFile): Promise<WrittenObject> {
  const sha256 = sha256Of(file.sha256);
  const upload = await openUpload(file.file);
  const { maxUploadSize } = context.request.granary.settings;
  try {
    return await putObject(context.request, {
      ...address,
      body: { stream: uploadedBytes(upload.stream), ...(sha256 === undefined ? {} : { sha256 }) },
      ...attributesOf({ ...file, contentType: file.contentType || upload.mimetype }),
      maxSize: maxUploadSize,
    });
  } finally {
    // Unread bytes would hold up the files behind this one.
    upload.stream.resume();
  }
}

function refuseFiles(files: UploadFileInput[]): void {
  if (files.length === 0 || files.length > mostFiles) {
    throw new GranaryError('InvalidInput', `Give 1 to ${mostFiles} files.`, { field: ['files'] });
  }
  if (new Set(files.map((file) => file.key)).size < files.length) {
    throw new GranaryError('InvalidInput', 'Two of the files have the same key.', { field: ['files'] });
  }
}

/** Lets a few pieces of work run at a time, in the order in which they ask. */
class Turns {
  #free: number;
  readonly #waiting: (() => void)[] = [];

  constructor(atOnce: number) {
    this.#free = atOnce;
  }

  async run<Result>(work: () => Promise<Result>): Promise<Result> {
    if (this.#free === 0) {
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    } else {
      this.#free--;
    }
    try {
      return await work();
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) {
        this.#free++;
      } else {
        next();
      }
    }
  }
}

import { GraphQLDateTime } from 'graphql-scalars';
import { Ctx, FieldResolver, Resolver, Root } from 'type-graphql';
import { ObjectVersion } from '../entities/object-version.js';
import { readingRight } from '../operations/access/authorize-read.js';
import { objectExpiration } from '../operations/objects/object-expiration.js';
import type { GraphqlContext } from './context.js';
import { type PlacedObject, shownObject } from './placed-object.js';

/** The headers that S3 sends with an object's bytes, and what they say of its end. */
@Resolver(() => ObjectVersion)
export class ObjectHeadersResolver {
  @FieldResolver(() => String, { nullable: true, description: 'The Cache-Control header that goes with the bytes.' })
  cacheControl(@Root() object: PlacedObject): string | null {
    return object.headers.cacheControl ?? null;
  }

  @FieldResolver(() => String, {
    nullable: true,
    description: 'The Content-Disposition header that goes with the bytes.',
  })
  contentDisposition(@Root() object: PlacedObject): string | null {
    return object.headers.contentDisposition ?? null;
  }

  @FieldResolver(() => String, { nullable: true, description: 'The Content-Encoding header that goes with the bytes.' })
  contentEncoding(@Root() object: PlacedObject): string | null {
    return object.headers.contentEncoding ?? null;
  }

  @FieldResolver(() => String, { nullable: true, description: 'The Content-Language header that goes with the bytes.' })
  contentLanguage(@Root() object: PlacedObject): string | null {
    return object.headers.contentLanguage ?? null;
  }

  @FieldResolver(() => String, { nullable: true, description: 'The Expires header that goes with the bytes.' })
  expires(@Root() object: PlacedObject): string | null {
    return object.headers.expires ?? null;
  }

  @FieldResolver(() => String, {
    nullable: true,
    description: 'Where a website sends who asks for the object; null when it sends the bytes.',
  })
  websiteRedirectLocation(@Root() object: PlacedObject): string | null {
    return object.headers.websiteRedirectLocation ?? null;
  }

  @FieldResolver(() => GraphQLDateTime, {
    nullable: true,
    description:
      "When a lifecycle rule of the bucket will delete the object, as S3's x-amz-expiration says; null when none will, and when the caller may not read the object.",
  })
  async expiresAt(@Root() object: PlacedObject, @Ctx() context: GraphqlContext): Promise<Date | null> {
    const { request } = context;
    const shown = shownObject(context, object);
    const right = await readingRight(request, { ...shown, what: 'content' });
    return right === undefined ? null : ((await objectExpiration(request, shown.address, object))?.at ?? null);
  }
}

import { Field, InputType } from 'type-graphql';
import type { ObjectHeaders } from '../operations/types.js';
import { optional } from './input.js';

/** The headers that an input gives; null and absent say nothing. */
export interface GivenHeaders {
  cacheControl?: string | null;
  contentDisposition?: string | null;
  contentEncoding?: string | null;
  contentLanguage?: string | null;
  expires?: string | null;
  websiteRedirectLocation?: string | null;
}

/** An input with fields for the headers to keep with an object besides; `unsaid` describes what becomes of the others. */
export function withHeaders<Input extends object>(
  base: abstract new () => Input,
  { unsaid }: { unsaid: string },
): abstract new () => Input & GivenHeaders {
  @InputType()
  abstract class HeadersInput extends (base as abstract new () => object) implements GivenHeaders {
    @Field(() => String, { nullable: true, description: `The Cache-Control header to send with the bytes${unsaid}` })
    cacheControl?: string | null;

    @Field(() => String, {
      nullable: true,
      description: `The Content-Disposition header to send with the bytes${unsaid}`,
    })
    contentDisposition?: string | null;

    @Field(() => String, { nullable: true, description: `The Content-Encoding header to send with the bytes${unsaid}` })
    contentEncoding?: string | null;

    @Field(() => String, { nullable: true, description: `The Content-Language header to send with the bytes${unsaid}` })
    contentLanguage?: string | null;

    @Field(() => String, {
      nullable: true,
      description: `The Expires header to send with the bytes, such as \`Thu, 01 Jan 2032 00:00:00 GMT\`${unsaid}`,
    })
    expires?: string | null;

    @Field(() => String, {
      nullable: true,
      description: `Where a website sends who asks for the object: a path that begins with \`/\`, or an address of \`http://\` or \`https://\`; S3's x-amz-website-redirect-location${unsaid}`,
    })
    websiteRedirectLocation?: string | null;
  }
  return HeadersInput as abstract new () => Input & GivenHeaders;
}

/** The headers in an input. */
export function headersOf(input: GivenHeaders): ObjectHeaders {
  return {
    cacheControl: optional(input.cacheControl),
    contentDisposition: optional(input.contentDisposition),
    contentEncoding: optional(input.contentEncoding),
    contentLanguage: optional(input.contentLanguage),
    expires: optional(input.expires),
    websiteRedirectLocation: optional(input.websiteRedirectLocation),
  };
}

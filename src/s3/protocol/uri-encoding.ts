import { s3Error } from './s3-error.js';

/** UriEncode() of https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html : all but the unreserved. */
export function uriEncode(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
}

/** What `encoding-type=url` asks for: as {@link uriEncode}, and the slash stays. */
export function urlEncodeKey(text: string): string {
  return uriEncode(text).replaceAll('%2F', '/');
}

/**
 * Undoes percent-encoding once. The input is as node:http gives it, one char for each byte, so bytes that came raw are
 * read as UTF-8 too. Refuses what is not UTF-8 and the NUL, which no key can hold.
 */
export function percentDecode(text: string): string {
  if (isPlain(text)) {
    return text;
  }
  try {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: all that is not ASCII
    const encoded = text.replace(/[^\x00-\x7f]/g, (char) => `%${char.charCodeAt(0).toString(16).padStart(2, '0')}`);
    const decoded = decodeURIComponent(encoded);
    if (!decoded.includes('\0')) {
      return decoded;
    }
  } catch (error) {
    if (!(error instanceof URIError)) {
      throw error;
    }
  }
  throw s3Error('InvalidURI', 'The specified URI is not valid percent-encoded UTF-8.');
}

/** As {@link percentDecode}, where `+` stands for a space as in HTML forms. */
export function formDecode(text: string): string {
  return percentDecode(text.includes('+') ? text.replaceAll('+', ' ') : text);
}

function isPlain(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === 0x25 || code > 0x7e || code === 0) {
      return false;
    }
  }
  return true;
}

import { isUtf8 } from 'node:buffer';

/**
 * Header text. HTTP carries bytes, which node:http shows as one char each; what clients mean by bytes beyond ASCII is
 * UTF-8 (https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingMetadata.html). RFC 2047 words stay as they are.
 */

/**
 * Stands before text whose bytes were Latin-1, so that they go back as they came: the one character that has no width
 * and belongs at the beginning. Before text that began with it by itself it stands once more.
 */
const latin1Mark = '\ufeff';

/** The text that a client sent; bytes that are not UTF-8 are read as Latin-1. */
export function fromHeaderText(value: string): string {
  return decodeUtf8(value) ?? value;
}

/** The same for what {@link toHeaderText} gives back byte for byte, whatever the bytes were. */
export function fromMetadataText(value: string): string {
  const text = decodeUtf8(value);
  if (text === undefined) {
    return latin1Mark + value;
  }
  return text.startsWith(latin1Mark) ? latin1Mark + text : text;
}

function decodeUtf8(value: string): string | undefined {
  if (isAscii(value)) {
    return value;
  }
  const bytes = Buffer.from(value, 'latin1');
  return isUtf8(bytes) ? bytes.toString() : undefined;
}

/** The form in which node:http sends the text's bytes; what would break the line is sent as an RFC 2047 word. */
export function toHeaderText(text: string): string {
  if (isAscii(text)) {
    return text;
  }
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these would break the header
  if (/[\x00-\x08\x0a-\x1f\x7f]/.test(text)) {
    return `=?UTF-8?B?${Buffer.from(text).toString('base64')}?=`;
  }
  const marked = text.startsWith(latin1Mark) ? text.slice(latin1Mark.length) : '';
  if (isLatin1(marked)) {
    return marked;
  }
  return Buffer.from(marked.startsWith(latin1Mark) ? marked : text).toString('latin1');
}

/** True for text of the characters that Latin-1 has, some of them beyond ASCII. */
function isLatin1(text: string): boolean {
  return !isAscii(text) && !/[^\t\u0020-\u00ff]/.test(text);
}

/** True for printable ASCII and the tab. */
function isAscii(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code > 0x7e || (code < 0x20 && code !== 9)) {
      return false;
    }
  }
  return true;
}

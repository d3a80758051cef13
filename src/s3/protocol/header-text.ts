/**
 * Header text. HTTP carries bytes, which node:http shows as one char each; what clients mean by bytes beyond ASCII is
 * UTF-8 (https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingMetadata.html). RFC 2047 words stay as they are.
 */

/** The text that a client sent; bytes that are not UTF-8 are read as Latin-1. */
export function fromHeaderText(value: string): string {
  if (isAscii(value)) {
    return value;
  }
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Buffer.from(value, 'latin1'));
  } catch (error) {
    if (error instanceof TypeError) {
      return value;
    }
    throw error;
  }
}

/** The form in which node:http sends the text's UTF-8 bytes; what would break the line is sent as an RFC 2047 word. */
export function toHeaderText(text: string): string {
  if (isAscii(text)) {
    return text;
  }
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these would break the header
  if (/[\x00-\x08\x0a-\x1f\x7f]/.test(text)) {
    return `=?UTF-8?B?${Buffer.from(text).toString('base64')}?=`;
  }
  return Buffer.from(text).toString('latin1');
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

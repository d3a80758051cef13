/** How S3 shows bytes to who is to compare them with its own: `41 57 53 34`. Text has one char for each byte. */
export function spacedHex(text: string): string {
  return Buffer.from(text, 'latin1')
    .toString('hex')
    .replace(/(..)(?=.)/g, '$1 ');
}

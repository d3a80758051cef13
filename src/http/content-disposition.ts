/** Types that a browser can be made to run, or that carry scripts; everything else is shown where it can be. */
const inertTypes =
  /^(?:image\/(?:png|jpeg|gif|webp|avif|bmp)|audio\/[\w.+-]+|video\/[\w.+-]+|text\/plain|application\/json)$/i;

/** The media type alone, without parameters. */
function essenceOf(contentType: string): string {
  return (contentType.split(';', 1)[0] ?? '').trim();
}

/** True for what may be shown in a browser on our own address. */
export function isInert(contentType: string): boolean {
  return inertTypes.test(essenceOf(contentType));
}

/**
 * A Content-Disposition header for a file of this name, after RFC 6266: a plain name for old clients, and the exact one
 * in the encoding of RFC 8187. No character of the name can end the header or begin another.
 * @example contentDisposition('attachment', 'Größe.txt') // attachment; filename="Gr__e.txt"; filename*=UTF-8''Gr%C3%B6%C3%9Fe.txt
 */
export function contentDisposition(kind: 'attachment' | 'inline', name: string): string {
  const plain = name.replaceAll(/[^\x20-\x7e]|["\\%/]/g, '_');
  const exact = encodeURIComponent(name.toWellFormed()).replaceAll(/['()*]/g, percentEncode);
  return `${kind}; filename="${plain}"; filename*=UTF-8''${exact}`;
}

function percentEncode(character: string): string {
  return `%${character.charCodeAt(0).toString(16).toUpperCase()}`;
}

/** What is needed of crypto.subtle, which is there in secure contexts only. */
function subtle(): SubtleCrypto | undefined {
  return (globalThis.crypto as { subtle?: SubtleCrypto } | undefined)?.subtle;
}

type SubtleCrypto = { digest(algorithm: string, data: ArrayBuffer): Promise<ArrayBuffer> };

/** The largest piece that is hashed: WebCrypto wants it in memory as a whole. */
const longestDigest = 64 * 1024 * 1024;

/** Whether the SHA-256 of so many bytes can be had here. */
export function canDigest(size: number): boolean {
  return subtle() !== undefined && size <= longestDigest;
}

/** The SHA-256 of a piece; undefined where WebCrypto is not there, or the piece is too large for memory. */
export async function sha256(piece: Blob): Promise<Uint8Array | undefined> {
  const hashing = subtle();
  return hashing === undefined || piece.size > longestDigest
    ? undefined
    : new Uint8Array(await hashing.digest('SHA-256', await piece.arrayBuffer()));
}

/** As GraphQL has digests. */
export function toHex(digest: Uint8Array): string {
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** As S3 has digests. */
export function toBase64(digest: Uint8Array): string {
  return btoa(String.fromCharCode(...digest));
}

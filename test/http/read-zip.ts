import { fromBufferPromise } from 'yauzl';

export interface UnzippedEntry {
  name: string;
  modifiedAt: Date;
  content: Buffer;
}

/** All entries of a zip in the order of its directory, with their content. */
export async function readZip(bytes: Buffer): Promise<UnzippedEntry[]> {
  const zip = await fromBufferPromise(bytes, { strictFileNames: true });
  const entries: UnzippedEntry[] = [];
  for await (const entry of zip.eachEntry()) {
    const stream = await zip.openReadStreamPromise(entry, {});
    const content = Buffer.concat(await stream.toArray());
    entries.push({ name: String(entry.fileName), modifiedAt: entry.getLastModDate(), content });
  }
  return entries;
}

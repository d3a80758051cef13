import { createHash } from 'node:crypto';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { scrub } from '../../src/operations/blobs/scrub.js';
import type { Granary, RequestContext } from '../../src/operations/context.js';
import { putObject } from '../../src/operations/objects/put-object.js';
import { putObjectLegalHold } from '../../src/operations/objects/put-object-legal-hold.js';
import { setObjectStorageClass } from '../../src/operations/objects/set-object-storage-class.js';
import { bytesOf, type Content, etagOf, inlineLimit, md5Of, streamOf } from './content.js';
import { type Model, newVersion, pick, push, type Version, versionIdOf, versionsOf } from './model.js';
import { nameable } from './object-plans.js';
import { learn, locate, type Place, type Plan } from './plan.js';

/** Moves the bytes of a version to another store; nothing else of it changes. */
export function planClass(
  model: Model,
  place: Place,
  { version, to }: { version: number; to: 'STANDARD' | 'STANDARD_IA' },
): Plan | undefined {
  const { bucket, key, address } = locate(model, place);
  const target = pick(withContent(versionsOf(bucket, key)), version);
  if (target === undefined) {
    return undefined;
  }
  const input = { ...address, versionId: versionIdOf(target), storageClass: to };
  return { writes: true, run: (context) => setObjectStorageClass(context, input).then(() => undefined) };
}

/** A version that is held cannot be deleted. */
export function planHold(
  model: Model,
  place: Place,
  { version, to }: { version: number; to: 'ON' | 'OFF' },
): Plan | undefined {
  const { bucket, key, address } = locate(model, place);
  const target = pick(withContent(versionsOf(bucket, key)), version);
  if (target === undefined) {
    return undefined;
  }
  const input = { ...address, versionId: versionIdOf(target), status: to };
  return {
    writes: true,
    run: (context) => putObjectLegalHold(context, input).then(() => undefined),
    refusal: bucket.lockable ? undefined : 'InvalidRequest',
    apply: () => {
      target.held = to === 'ON';
    },
  };
}

function withContent(versions: Version[]): Version[] {
  return nameable(versions).filter(({ marker }) => !marker);
}

/** The disk spoils a file; a scrub notices, and the same content comes again, which heals what no copy could. */
export function planDamage(
  model: Model,
  place: Place,
  { version, how }: { version: number; how: 'flip' | 'remove' },
): Plan | undefined {
  const { bucket, key, address } = locate(model, place);
  const content = pick(versionsOf(bucket, key).filter(isOneFile), version)?.pieces[0];
  if (content === undefined) {
    return undefined;
  }
  let spoiled: SpoiledFile | undefined;
  return {
    writes: true,
    run: async (context) => {
      spoiled = await spoil(context.granary, content, how);
      await scrub(context.granary, { start: 'now' });
      const body = { stream: streamOf(content), length: content.size, md5: md5Of(content) };
      return putObject(context, { ...address, body, attributes: {} });
    },
    apply: (answer) => push(bucket, key, learn(newVersion([content], 0), answer)),
    after: async ({ granary }: RequestContext) => {
      if (spoiled !== undefined) {
        model.spoiled.add(spoiled.path);
        await mend(granary, spoiled);
      }
    },
  };
}

function isOneFile({ pieces, partCount }: Version): boolean {
  return partCount === 0 && (pieces[0]?.size ?? 0) > inlineLimit;
}

interface SpoiledFile {
  path: string;
  file: string;
  intact: Buffer;
}

async function spoil(granary: Granary, content: Content, how: 'flip' | 'remove'): Promise<SpoiledFile | undefined> {
  const { rows } = await granary.database.pool.query<{ path: string }>(
    `SELECT path FROM blob WHERE address = $1 AND state = 'live' AND path IS NOT NULL ORDER BY id LIMIT 1`,
    [createHash('sha256').update(bytesOf(content)).digest()],
  );
  const path = rows[0]?.path;
  if (path === undefined) {
    throw new Error(`No blob has the content ${etagOf([content], 0)}`);
  }
  const file = join(granary.settings.dataDir, 'blobs', path);
  const intact = await readFile(file);
  await rm(file);
  if (how === 'flip') {
    const bytes = Buffer.from(intact);
    const middle = Math.floor(bytes.length / 2);
    bytes.writeUInt8(bytes.readUInt8(middle) ^ 1, middle);
    await writeFile(file, bytes);
  }
  return { path, file, intact };
}

/** What was not healed is good again, as when a disk comes back: the process that was to heal it died. */
async function mend(granary: Granary, { path, file, intact }: SpoiledFile): Promise<void> {
  const { rows } = await granary.database.pool.query(`SELECT id FROM blob WHERE path = $1 AND state = 'live'`, [path]);
  if (rows.length === 0) {
    return;
  }
  await writeFile(file, intact);
  // The first may only end a round that had passed the blob already.
  await scrub(granary, { start: 'now' });
  await scrub(granary, { start: 'now' });
}

import type { HashPool } from './hash-pool.js';
import { SLOT_SIZE, type SlotPool } from './slot-pool.js';

/** The SHA-256 of a stream, computed in a hash thread; one slot of memory at a time. */
export async function digestStream(
  stream: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  { hashes, slots }: { hashes: HashPool; slots: SlotPool },
): Promise<Buffer> {
  const [job] = hashes.start({ algorithms: ['SHA256'] });
  const slot = slots.take();
  let filled = 0;
  const flush = async () => {
    await job.update(slot.subarray(0, filled));
    filled = 0;
  };
  try {
    for await (const chunk of stream) {
      for (let taken = 0; taken < chunk.length; ) {
        const piece = chunk.subarray(taken, taken + SLOT_SIZE - filled);
        slot.set(piece, filled);
        filled += piece.length;
        taken += piece.length;
        if (filled === SLOT_SIZE) await flush();
      }
    }
    await flush();
    const [digest] = await job.finish();
    if (digest === undefined) throw new Error('A hash job returned no digest.');
    return digest;
  } catch (error) {
    job.abandon();
    throw error;
  } finally {
    slots.release(slot);
  }
}

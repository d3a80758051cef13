import { Metrics } from '../../src/operations/metrics.js';
import type { CacheFigures } from '../../src/storage/blob-store.js';

test('the cache tells in the metrics what it read from where, and nothing where there is no cache', async () => {
  const none = new Metrics();
  none.watchCache(() => undefined);
  expect(await none.collect()).not.toContain('granary_cache');
  const read = (bytes: number) => ({ chunks: 1, bytes });
  const figures: CacheFigures = {
    reads: { memory: read(1), shared: read(2), disk: read(3), remote: read(4) },
    damagedChunks: 0,
    memoryBytes: 5,
    diskBytes: 6,
  };
  const metrics = new Metrics();
  metrics.watchCache(() => figures);
  await metrics.collect();
  const text = await metrics.collect();
  expect(text).toContain('granary_cache_read_bytes_total{from="remote"} 4');
  expect(text).toContain('granary_cache_bytes{place="disk"} 6');
});

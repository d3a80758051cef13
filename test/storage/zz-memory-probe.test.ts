import { randomBytes } from 'node:crypto';
import { blobPath } from '../../src/storage/blob-path.js';
import { receiveOptions, stagedFile } from '../conformance/blob-store.js';
import { AZURITE_ACCOUNT, AZURITE_KEY, startAzurite } from '../support/emulators/azurite.js';
import { startFakeGcsServer } from '../support/emulators/fake-gcs-server.js';
import { openRemoteStore } from './open-remote-store.js';
const MIB = 1024 * 1024;
async function* gen(n: number) { const b = randomBytes(MIB); for (let i = 0; i < n; i++) yield b; }
for (const which of ['azure', 'gcs']) it(which, async () => {
  const e = which === 'azure' ? await startAzurite('blobs') : await startFakeGcsServer('blobs');
  const o = await openRemoteStore(which === 'azure' ? { address: (p) => `azure://${AZURITE_ACCOUNT}/blobs/${p}?endpoint=${e.url}`, credentials: `${AZURITE_ACCOUNT}:${AZURITE_KEY}` } : { address: (p) => `gs://blobs/${p}?endpoint=${e.url}` });
  const SIZE = 512;
  const opt = receiveOptions({ maxSize: 4096 * MIB });
  const before = process.memoryUsage().rss; let peak = 0;
  const t = setInterval(() => { peak = Math.max(peak, process.memoryUsage().rss); }, 20);
  const r = await o.store.receive(gen(SIZE), opt);
  const path = blobPath('hot', r.sha256, opt.name);
  let t0 = Date.now();
  await stagedFile(r).commit(path);
  const up = Date.now() - t0; t0 = Date.now();
  const n = await o.store.verifyBlob({ path, size: r.size, storedSize: r.storedSize, format: r.format, sha256: r.sha256, seal: null });
  clearInterval(t);
  console.log(which, 'up', up, 'ms down', Date.now() - t0, 'ms', n, 'rss', before / MIB, 'peak growth', (peak - before) / MIB);
  await o[Symbol.asyncDispose](); await e[Symbol.asyncDispose]();
}, 200_000);

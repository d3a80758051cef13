import { setTimeout as delay } from 'node:timers/promises';
import { GranaryError } from '../../src/errors.js';
import { RemoteFailure } from '../../src/storage/remote-failure.js';
import { type Patience, patienceFor, withRetry } from '../../src/storage/retry.js';

const PATIENCE: Patience = { tries: 5, baseMs: 4, attemptMs: 1_000, totalMs: 5_000 };

const busy = () => new RemoteFailure(503, 'SlowDown');

/** Runs an attempt that always fails in this way, and tells when the tries began and how it ended. */
async function fail(
  failure: () => unknown,
  patience: Patience = PATIENCE,
  signal: AbortSignal = new AbortController().signal,
) {
  const began: number[] = [];
  const error = await withRetry({ patience, signal }, async () => {
    began.push(performance.now());
    throw failure();
  }).catch((reason: unknown) => reason);
  return { began, error };
}

/** An attempt that ends only when its signal says so, as a request without an answer does. */
function untilAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason), { once: true }));
}

describe('retrying', () => {
  it('gives what the first try that succeeds gives', async () => {
    let tries = 0;
    const result = await withRetry({ patience: PATIENCE, signal: new AbortController().signal }, async () => {
      tries += 1;
      if (tries < 4) throw busy();
      return 'done';
    });
    expect([result, tries]).toEqual(['done', 4]);
  });

  it.each([
    [408, 'RequestTimeout'],
    [429, 'TooManyRequests'],
    [500, 'InternalError'],
    [502, 'BadGateway'],
    [503, 'SlowDown'],
    [504, 'GatewayTimeout'],
    [400, 'RequestTimeout'],
    [200, 'InternalError'],
    [undefined, 'ECONNRESET'],
    [undefined, 'ECONNREFUSED'],
    [undefined, 'ETIMEDOUT'],
    [undefined, 'EPIPE'],
    [undefined, 'ENOTFOUND'],
    [undefined, 'TimeoutError'],
  ])('tries %p %s as often as there are tries, and then says Unavailable', async (status, code) => {
    const { began, error } = await fail(() => new RemoteFailure(status, code));
    expect(error).toMatchObject({ kind: 'Unavailable', cause: { status, code } });
    expect(began).toHaveLength(PATIENCE.tries);
  });

  it.each([
    [301, 'PermanentRedirect'],
    [400, 'InvalidRequest'],
    [401, 'Unauthorized'],
    [403, 'AccessDenied'],
    [404, 'NoSuchKey'],
    [409, 'Conflict'],
    [412, 'PreconditionFailed'],
    [501, 'NotImplemented'],
    [505, 'HTTPVersionNotSupported'],
    [undefined, 'CERT_HAS_EXPIRED'],
    [undefined, 'TypeError'],
  ])('does not try %p %s again', async (status, code) => {
    const { began, error } = await fail(() => new RemoteFailure(status, code));
    expect(error).toMatchObject({ name: 'RemoteFailure', status, code });
    expect(began).toHaveLength(1);
  });

  it.each([
    [507, 'InsufficientStorage'],
    [403, 'QuotaExceeded'],
    [503, 'XMinioStorageFull'],
  ])('says StorageFull at once for %d %s', async (status, code) => {
    const { began, error } = await fail(() => new RemoteFailure(status, code));
    expect(error).toMatchObject({ kind: 'StorageFull' });
    expect(began).toHaveLength(1);
  });

  it('lets an error of our own pass', async () => {
    const own = new GranaryError('Internal', 'No.', { reason: 'CorruptBlob' });
    const { began, error } = await fail(() => own);
    expect(error).toBe(own);
    expect(began).toHaveLength(1);
  });

  it('pauses for a random time whose bound doubles', async () => {
    const pauses: number[][] = [];
    for (let round = 0; round < 12; round += 1) {
      const { began } = await fail(busy, { ...PATIENCE, baseMs: 10 });
      pauses.push(began.slice(1).map((at, i) => at - (began[i] ?? 0)));
    }
    for (let i = 0; i < 4; i += 1) {
      const ofThis = pauses.map((round) => round[i] ?? Number.NaN);
      // Timers are late when the machine is busy, never early by more than a millisecond.
      expect(Math.min(...ofThis)).toBeLessThanOrEqual(10 * 2 ** i + 5);
      expect(new Set(ofThis.map(Math.round)).size).toBeGreaterThan(1);
    }
    const sums = pauses.map((round) => round.reduce((sum, pause) => sum + pause, 0));
    expect(sums.reduce((sum, one) => sum + one, 0) / sums.length).toBeLessThan(10 * (1 + 2 + 4 + 8) + 50);
  });

  it('ends a try that lasts too long, and tries again', async () => {
    let tries = 0;
    const patience = { ...PATIENCE, attemptMs: 50 };
    const result = await withRetry({ patience, signal: new AbortController().signal }, (signal) => {
      tries += 1;
      return tries === 1 ? untilAborted(signal) : Promise.resolve('done');
    });
    expect([result, tries]).toEqual(['done', 2]);
  });

  it('lets no try last beyond the time for all', async () => {
    const patience = { tries: 100, baseMs: 1, attemptMs: 60, totalMs: 150 };
    const began = performance.now();
    const retrying = withRetry({ patience, signal: new AbortController().signal }, untilAborted);
    await expect(retrying).rejects.toMatchObject({ kind: 'Unavailable' });
    expect(performance.now() - began).toBeLessThan(1_000);
  });

  it('stops when it is told to, in a try as in a pause', async () => {
    const closing = new AbortController();
    const inTry = withRetry({ patience: PATIENCE, signal: closing.signal }, untilAborted);
    const inPause = fail(busy, { ...PATIENCE, baseMs: 600_000, totalMs: 10_000_000 }, closing.signal);
    await delay(20);
    closing.abort();
    await expect(inTry).rejects.toMatchObject({ kind: 'Unavailable' });
    expect(await inPause).toMatchObject({ error: { kind: 'Unavailable' }, began: [expect.any(Number)] });
  });

  it('waits longer for what has more bytes', () => {
    expect(patienceFor(0, PATIENCE)).toEqual(PATIENCE);
    // 64 bytes in a millisecond are 500 kbit/s.
    expect(patienceFor(64_000, PATIENCE)).toEqual({ ...PATIENCE, attemptMs: 2_000, totalMs: 7_000 });
  });
});

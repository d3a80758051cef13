import { hashPassword, verifyPassword } from '../../src/auth/password.js';
import { WorkGate } from '../../src/turns/work-gate.js';

test('a password is verified against its argon2id hash with the parameters that are meant', async () => {
  const hash = await hashPassword('correct horse');
  expect(hash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
  expect(await verifyPassword(hash, 'correct horse')).toBe(true);
  expect(await verifyPassword(hash, 'correct horsf')).toBe(false);
});

test('without a hash the answer is no, whatever the password', async () => {
  expect(await verifyPassword(null, '')).toBe(false);
  expect(await verifyPassword(undefined, 'x'.repeat(1024))).toBe(false);
});

test('the gate runs few at once, lets some wait and turns the rest away', async () => {
  const gate = new WorkGate({ running: 2, waiting: 3 });
  const finish: (() => void)[] = [];
  let running = 0;
  let most = 0;
  const work = async () => {
    most = Math.max(most, ++running);
    await new Promise<void>((resolve) => finish.push(resolve));
    running--;
  };
  const results = Promise.allSettled(Array.from({ length: 7 }, () => gate.run(work)));
  for (let done = 0; done < 5; done++) {
    await new Promise((resolve) => setImmediate(resolve));
    finish.shift()?.();
  }
  const settled = await results;
  expect(settled.filter(({ status }) => status === 'fulfilled')).toHaveLength(5);
  expect(settled.slice(5)).toEqual([
    { status: 'rejected', reason: expect.objectContaining({ kind: 'Unavailable' }) },
    { status: 'rejected', reason: expect.objectContaining({ kind: 'Unavailable' }) },
  ]);
  expect(most).toBe(2);
});

test('work that fails gives its place back', async () => {
  const gate = new WorkGate({ running: 1, waiting: 0 });
  await expect(gate.run(() => Promise.reject(new Error('no')))).rejects.toThrow('no');
  expect(await gate.run(() => Promise.resolve('yes'))).toBe('yes');
});
